import type { EventSocket } from './event-socket.ts';

/** What the engine uses of a FreeSWITCH. */
export const NEEDED_MODULES = [
  ...['mod_audio_fork', 'mod_sofia', 'mod_event_socket', 'mod_commands', 'mod_dptools', 'mod_dialplan_xml'],
] as const;
const NEEDED_CODECS = ['PCMU', 'PCMA'] as const;

/** A sofia profile, as `sofia status profile NAME` tells. */
export interface ProfileFacts {
  /** Where it binds RTP, and what it tells callers. */
  rtpAddress: string | undefined;
  advertisedRtpAddress: string | undefined;
  sipAddress: string | undefined;
  /** G.711 codecs that it does not offer. */
  missingCodecs: string[];
}

export async function versionOf(events: EventSocket): Promise<string> {
  return (await events.api('version short')).trim();
}

/** Those of the needed modules that are not loaded. */
export async function missingModules(events: EventSocket): Promise<string[]> {
  const missing: string[] = [];
  for (const name of NEEDED_MODULES) {
    if ((await events.api(`module_exists ${name}`)).trim() !== 'true') missing.push(name);
  }
  return missing;
}

/** undefined: there is no such profile. */
export async function profileFacts(events: EventSocket, profile: string): Promise<ProfileFacts | undefined> {
  return readProfile(await events.api(`sofia status profile ${profile}`));
}

/** Reads lines such as `RTP-IP           \t10.0.0.1`. */
export function readProfile(text: string): ProfileFacts | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Za-z][\w-]*(?: \w+)?)\s*\t\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && value !== '') fields.set(name.trim().toUpperCase(), value);
  }
  if (!fields.has('RTP-IP')) return undefined;
  const codecs = (fields.get('CODECS IN') ?? '').toUpperCase().split(',');
  return {
    rtpAddress: fields.get('RTP-IP'),
    advertisedRtpAddress: fields.get('EXT-RTP-IP') ?? fields.get('RTP-IP'),
    sipAddress: fields.get('SIP-IP'),
    missingCodecs: NEEDED_CODECS.filter((codec) => !codecs.some((offered) => offered.split('@')[0]?.trim() === codec)),
  };
}
