import type { EndpointOptions } from '../media/port.ts';
import type { Credentials } from './digest.ts';

/** What the configuration of a SIP connection says of the calls over it. */
export interface ConnectionSettings {
  /** For challenges to what we send within a call. */
  auth?: Credentials | undefined;
  /** Of their media. */
  endpoint?: Pick<EndpointOptions, 'codecs' | 'advertisedAddress' | 'remote' | 'telephoneEvents'>;
  /** How keys go to the other side; default RFC 4733. */
  dtmf?: 'rfc4733' | 'info';
  /** Address and port that our Contact tells, where they are not the SIP agent's. */
  contactHost?: string | undefined;
}

/** Header fields that tell where we can be reached; `transport`: of the requests to the other side. */
export function contactOf({ contactHost }: ConnectionSettings, transport: string | undefined): Record<string, string> {
  if (contactHost === undefined) return {};
  const parameter = transport === undefined || transport === 'udp' ? '' : `;transport=${transport}`;
  return { Contact: `<sip:${contactHost}${parameter}>` };
}
