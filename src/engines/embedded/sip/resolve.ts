import { isIP } from 'node:net';
import { messageOf } from '../../../errors.ts';
import type { Hop, TransportName } from './transport.ts';
import { isSipUri, parseUri, type SipUri } from './uri.ts';

/** The look-ups of RFC 3263 4.2; each rejects or gives an empty list where there is nothing. */
export interface SipResolver {
  addresses(host: string): Promise<string[]>;
  services(name: string): Promise<{ name: string; port: number; priority: number; weight: number }[]>;
}

export interface NextHop {
  readonly hop: Hop;
  /** True where the URI names its transport. */
  readonly explicitTransport: boolean;
}

/** Reads `sip:host`, `host`, `host:port` or a full URI with `;transport=`; a text with the reason where it cannot be reached. */
export function parseNextHop(text: string): SipUri | string {
  const bare = text.startsWith('<') && text.includes('>') ? text.slice(1, text.indexOf('>')) : text;
  const uri = parseUri(/^[A-Za-z][A-Za-z0-9+.-]*:(?!\d+(?:;|$))/.test(bare) ? bare : `sip:${bare}`);
  if (uri === undefined) return `invalid request-uri: ${bare}`;
  if (!isSipUri(uri)) return `no route for ${uri.scheme}: URI; name a proxy`;
  return uri;
}

/**
 * Transport, address and port for a URI (RFC 3263 4, RFC 3261 18.1.1): `;transport=` or else UDP; SRV where a name comes
 * without a port, then its address. Numeric addresses are answered synchronously. Throws or rejects with the reason.
 */
export function resolveNextHop(
  uri: SipUri,
  available: (transport: TransportName) => boolean,
  resolver: SipResolver,
): NextHop | Promise<NextHop> {
  const asked = uri.params.get('transport')?.toLowerCase();
  if (uri.scheme === 'sips' || asked === 'tls') throw new Error('requested protocol/transport not available: tls');
  if (asked !== undefined && asked !== 'udp' && asked !== 'tcp') {
    throw new Error(`requested protocol/transport not available: ${asked}`);
  }
  const transport: TransportName = asked ?? (available('udp') ? 'udp' : 'tcp');
  if (!available(transport)) throw new Error(`requested protocol/transport not available: ${transport}`);
  const explicitTransport = asked !== undefined;
  const host = uri.params.get('maddr') ?? uri.host;
  if (isIP(host)) return { hop: { transport, address: host, port: uri.port ?? 5060 }, explicitTransport };
  return lookUp(host, uri.port, transport, resolver).then((hop) => ({ hop, explicitTransport }));
}

async function lookUp(
  host: string,
  port: number | undefined,
  transport: TransportName,
  resolver: SipResolver,
): Promise<Hop> {
  if (port === undefined && host.includes('.')) {
    const records = await resolver.services(`_sip._${transport}.${host}`).catch(() => []);
    records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
    for (const record of records) {
      const [address] = await resolver.addresses(record.name).catch(() => []);
      if (address !== undefined) return { transport, address, port: record.port };
    }
  }
  const found = await resolver.addresses(host).catch((error: unknown) => {
    throw new Error(`cannot resolve ${host}: ${messageOf(error)}`, { cause: error });
  });
  const [address] = found;
  if (address === undefined) throw new Error(`cannot resolve ${host}`);
  return { transport, address, port: port ?? 5060 };
}
