import { isIPv6 } from 'node:net';
import type { HubConfig, SipConnectionConfig } from '../config/types.ts';
import type { ConnectionSettings } from '../signalling/connection-settings.ts';

/** What the configuration of a SIP connection says of the calls over it. */
export function settingsOf(
  { auth, codecs, dtmf, nat }: SipConnectionConfig,
  { engine, sip }: Pick<HubConfig, 'engine' | 'sip'>,
): ConnectionSettings {
  const { advertisedAddress } = nat;
  // drachtio-server knows itself which address and port the other side should see
  const contactHost =
    engine === 'embedded' && advertisedAddress ? `${bracketed(advertisedAddress)}:${sip.port}` : undefined;
  return {
    auth,
    dtmf,
    contactHost,
    endpoint: {
      codecs,
      remote: nat.media,
      telephoneEvents: dtmf === 'rfc4733',
      ...(advertisedAddress === undefined ? {} : { advertisedAddress }),
    },
  };
}

function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
