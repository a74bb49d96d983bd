import type { Path } from './source.ts';
import type { HubConfig } from './types.ts';

export interface EngineSections {
  engine: HubConfig['engine'] | undefined;
  drachtio: HubConfig['drachtio'];
  freeswitch: HubConfig['freeswitch'];
}

/**
 * What belongs to the other engine than the one that is chosen is refused, so that nobody sets a port or an address that
 * nothing listens on. `root`: the file's plain values.
 */
export function checkEngine(
  root: unknown,
  sections: EngineSections,
  report: (path: Path, message: string) => void,
): void {
  const given = (...path: string[]) => isGiven(root, path);
  if (sections.engine === 'freeswitch') {
    for (const [key, what] of [
      ['drachtio', 'where drachtio-server is'],
      ['freeswitch', 'which FreeSWITCHes there are'],
    ] as const) {
      if (!given(key)) report(['engine'], `the engine freeswitch needs the section ${key}: ${what}`);
    }
    if (given('sip')) {
      report(
        ['sip'],
        'with `engine: freeswitch` drachtio-server listens for SIP: say there where, and remove this section',
      );
    }
    for (const key of ['host', 'rtpPorts', 'advertisedAddress']) {
      if (!given('media', key)) continue;
      report(['media', key], 'with `engine: freeswitch` FreeSWITCH carries RTP: say there where, and remove this key');
    }
    for (const [index] of connectionsOf(root).entries()) {
      for (const [key, where] of [
        ['signalling', "drachtio-server's NAT detection (--aggressive-nat-detection)"],
        ['media', "the sofia profile's NDLB-force-rport and disable-rtp-auto-adjust"],
      ] as const) {
        if (given('sipConnections', String(index), 'nat', key)) {
          report(
            ['sipConnections', index, 'nat', key],
            `with \`engine: freeswitch\` this is a matter of ${where}: remove this key`,
          );
        }
      }
    }
  } else if (sections.engine === 'embedded') {
    for (const key of ['drachtio', 'freeswitch', 'audioSocket']) {
      if (given(key))
        report([key], 'is not used by `engine: embedded`: set `engine: freeswitch`, or remove this section');
    }
  }
  const seen = new Map<string, number>();
  for (const [index, { host, port }] of (sections.freeswitch ?? []).entries()) {
    const name = `${host.toLowerCase()}:${port}`;
    if (seen.has(name)) report(['freeswitch', index], `${name} stands in the list twice`);
    seen.set(name, index);
  }
}

function connectionsOf(root: unknown): readonly unknown[] {
  const { sipConnections } = (root ?? {}) as { sipConnections?: unknown };
  return Array.isArray(sipConnections) ? sipConnections : [];
}

function isGiven(root: unknown, path: readonly string[]): boolean {
  let current = root;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return false;
    current = (current as Record<string, unknown>)[key];
  }
  return current !== undefined && current !== null;
}
