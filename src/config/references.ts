import { checkEngine, type EngineSections } from './engine-checks.ts';
import type { ConfigProblem } from './errors.ts';
import { maxEntries } from './schema.ts';
import { type ConfigSource, formatPath, type Path } from './source.ts';
import { didYouMean } from './suggest.ts';
import type { ConnectorNames, ConnectorSchemas, HubConfig } from './types.ts';

/** Sections that are good in themselves, as far as the checks need them. */
export interface CheckedSections extends EngineSections {
  http: HubConfig['http'] | undefined;
  sip: { host: string; port: number; transports: string[] } | undefined;
  media: HubConfig['media'] | undefined;
  limits: { concurrentCalls?: number | undefined } | undefined;
  examples: HubConfig['examples'] | undefined;
  audioSocket: HubConfig['audioSocket'] | undefined;
}

type Report = (path: Path, message: string) => void;

/** The text at `path` of the file's plain values, also inside entries that have other faults. */
function textAt(value: unknown, path: Path): string | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return typeof current === 'string' ? current : undefined;
}

function lengthAt(value: unknown, path: Path): number {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return 0;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return Array.isArray(current) ? Math.min(current.length, maxEntries) : 0;
}

/** Text under `key` of every entry of a section, by the entry's index. */
function declared(value: unknown, section: string, key = 'id'): Map<number, string> {
  const found = new Map<number, string>();
  for (let index = 0; index < lengthAt(value, [section]); index += 1) {
    const text = textAt(value, [section, index, key]);
    if (text !== undefined) found.set(index, text);
  }
  return found;
}

/** The connectors of the plain values of a file, also where their entries have faults. */
export function namedConnectors(root: unknown): ConnectorNames {
  return {
    bots: [...declared(root, 'bots', 'connector').values()],
    speech: [...declared(root, 'speechServices', 'vendor').values()],
  };
}

/**
 * References between sections, duplicates, and addresses that get in each other's way. Looks at the plain values of
 * the file, so that a reference is checked also where its entry has another fault.
 */
export function checkReferences(
  sections: CheckedSections,
  source: ConfigSource,
  speech: ConnectorSchemas['speech'],
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message) =>
    problems.push({ ...source.position(path), path: formatPath(path), message });
  const root = source.value;

  const services = declared(root, 'speechServices');
  const bots = declared(root, 'bots');
  const connections = declared(root, 'sipConnections');
  const rules = declared(root, 'routingRules');
  const numbers = declared(root, 'phoneNumbers', 'number');
  const groups = declared(root, 'routingGroups');
  checkUnique(services, 'speechServices', 'id', source, report);
  checkUnique(bots, 'bots', 'id', source, report);
  checkUnique(connections, 'sipConnections', 'id', source, report);
  checkUnique(rules, 'routingRules', 'id', source, report);
  checkUnique(numbers, 'phoneNumbers', 'number', source, report);
  checkUnique(groups, 'routingGroups', 'id', source, report);
  checkUnique(declared(root, 'callBlockLists'), 'callBlockLists', 'id', source, report);
  checkUnique(declared(root, 'apiClients'), 'apiClients', 'id', source, report);

  const refer = (path: Path, what: string, known: ReadonlyMap<number, string>): string | undefined => {
    const id = textAt(root, path);
    if (id === undefined) return undefined;
    const names = [...new Set(known.values())];
    if (names.includes(id)) return id;
    const hint = didYouMean(id, names);
    const list = names.length === 0 ? '; none is declared' : `; declared: ${names.slice(0, 12).join(', ')}`;
    report(path, `there is no ${what} '${id}'${hint === '' ? list : hint}`);
    return undefined;
  };

  const checkDestination = (path: Path): void => {
    refer([...path, 'bot'], 'bot', bots);
    refer([...path, 'routingGroup'], 'routing group', groups);
    const out = [...path, 'sipConnection'];
    checkGateways(root, out, refer(out, 'SIP connection', connections), connections, report);
    const number = [...path, 'phoneNumber'];
    const own = refer(number, 'phone number', numbers);
    const at = [...numbers].find(([, text]) => text === own)?.[0];
    const through = at === undefined ? undefined : textAt(root, ['phoneNumbers', at, 'sipConnection']);
    checkGateways(root, number, through, connections, report);
  };

  const vendors = new Map(
    [...services].map(([index, id]) => [id, textAt(root, ['speechServices', index, 'vendor'])] as const),
  );
  for (let index = 0; index < lengthAt(root, ['bots']); index += 1) {
    refer(['bots', index, 'base'], 'bot', bots);
    for (const kind of ['stt', 'tts'] as const) {
      const at = ['bots', index, 'speech', kind];
      const count = lengthAt(root, at);
      const paths: Path[] = count === 0 ? [at] : Array.from({ length: count }, (_, position) => [...at, position]);
      for (const path of paths) {
        const id = refer(path, 'speech service', services);
        const vendor = id === undefined ? undefined : vendors.get(id);
        if (vendor === undefined || !Object.hasOwn(speech, vendor) || speech[vendor]?.[kind] !== false) continue;
        const ability = kind === 'stt' ? 'speech to text' : 'text to speech';
        report(path, `speech service '${id}' (${vendor}) offers no ${ability}`);
      }
    }
  }
  for (let index = 0; index < lengthAt(root, ['phoneNumbers']); index += 1) {
    refer(['phoneNumbers', index, 'sipConnection'], 'SIP connection', connections);
  }
  for (let index = 0; index < lengthAt(root, ['routingRules']); index += 1) {
    refer(['routingRules', index, 'origin', 'sipConnection'], 'SIP connection', connections);
    refer(['routingRules', index, 'origin', 'phoneNumber'], 'phone number', numbers);
    refer(['routingRules', index, 'origin', 'bot'], 'bot', bots);
    checkDestination(['routingRules', index, 'destination']);
  }
  for (let index = 0; index < lengthAt(root, ['routingGroups']); index += 1) {
    for (let at = 0; at < lengthAt(root, ['routingGroups', index, 'destinations']); at += 1) {
      checkDestination(['routingGroups', index, 'destinations', at]);
    }
  }
  for (let index = 0; index < lengthAt(root, ['callBlockLists']); index += 1) {
    for (let at = 0; at < lengthAt(root, ['callBlockLists', index, 'sipConnections']); at += 1) {
      refer(['callBlockLists', index, 'sipConnections', at], 'SIP connection', connections);
    }
  }
  checkEngine(root, sections, report);
  checkTransports(root, sections, report);
  checkAddresses(sections, report);
  return problems;
}

/** A gateway that names a transport can only be reached by it. */
function checkTransports(root: unknown, { sip, engine }: CheckedSections, report: Report): void {
  if (sip === undefined || engine !== 'embedded') return;
  for (let index = 0; index < lengthAt(root, ['sipConnections']); index += 1) {
    for (let at = 0; at < lengthAt(root, ['sipConnections', index, 'gateways']); at += 1) {
      const path = ['sipConnections', index, 'gateways', at];
      const transport = /;transport=(udp|tcp)(?:;|$)/i.exec(textAt(root, path) ?? '')?.[1]?.toLowerCase();
      if (transport === undefined || sip.transports.includes(transport)) continue;
      report(path, `the gateway wants ${transport.toUpperCase()}, which sip.transports does not name`);
    }
  }
}

/** A rule may lead only where the hub knows where to send an INVITE. */
function checkGateways(
  root: unknown,
  path: Path,
  connection: string | undefined,
  connections: ReadonlyMap<number, string>,
  report: Report,
): void {
  const index = [...connections].find(([, id]) => id === connection)?.[0];
  if (index === undefined || lengthAt(root, ['sipConnections', index, 'gateways']) > 0) return;
  report(path, `SIP connection '${connection}' has no gateways: there is nowhere to call`);
}

function checkUnique(
  entries: ReadonlyMap<number, string>,
  section: string,
  key: string,
  source: ConfigSource,
  report: Report,
): void {
  const first = new Map<string, number>();
  for (const [index, id] of entries) {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      continue;
    }
    const line = source.position([section, earlier, key]).line;
    report([section, index, key], `'${id}' is taken: line ${line} declares it too`);
  }
}

const wildcards = new Set(['0.0.0.0', '::']);

function overlap(a: string, b: string): boolean {
  const plain = (host: string) => (host === 'localhost' ? '127.0.0.1' : host);
  return wildcards.has(a) || wildcards.has(b) || plain(a) === plain(b);
}

function checkAddresses(sections: CheckedSections, report: Report): void {
  const { http, sip, media, limits, examples, engine, audioSocket } = sections;
  const room = roomForCalls(sections);
  if (limits?.concurrentCalls !== undefined && limits.concurrentCalls > room) {
    const why =
      engine === 'freeswitch'
        ? 'the freeswitch servers take no more together (maxCalls)'
        : `media.rtpPorts has ${2 * room} ports and a call needs two`;
    report(['limits', 'concurrentCalls'], `expected at most ${room}: ${why}`);
  }
  const embedded = engine !== 'freeswitch';
  if (embedded && media !== undefined && wildcards.has(media.host) && media.advertisedAddress === undefined) {
    report(
      ['media', 'host'],
      `with ${media.host} the hub cannot know which address callers should send to: set media.advertisedAddress too`,
    );
  }
  if (
    embedded &&
    sip !== undefined &&
    media !== undefined &&
    sip.port >= media.rtpPorts.min &&
    sip.port <= media.rtpPorts.max &&
    overlap(sip.host, media.host)
  ) {
    report(['sip', 'port'], `port ${sip.port} lies in media.rtpPorts`);
  }
  const tcp = [
    http && { path: ['http', 'port'], name: 'http.port', host: http.host, port: http.port },
    embedded && sip?.transports.includes('tcp')
      ? { path: ['sip', 'port'], name: 'sip.port', host: sip.host, port: sip.port }
      : undefined,
    examples?.demoBot && { path: ['examples', 'demoBot', 'port'], name: 'examples.demoBot.port', ...examples.demoBot },
    audioSocket && !embedded
      ? { path: ['audioSocket', 'port'], name: 'audioSocket.port', host: audioSocket.host, port: audioSocket.port }
      : undefined,
  ].filter((listener) => listener !== undefined);
  for (const [index, listener] of tcp.entries()) {
    const other = tcp
      .slice(0, index)
      .find((earlier) => earlier.port === listener.port && listener.port !== 0 && overlap(earlier.host, listener.host));
    if (other !== undefined) report(listener.path, `port ${listener.port} is taken by ${other.name}`);
  }
}

/** How many calls the engine has room for: pairs of RTP ports (RFC 3550 section 11), or what the FreeSWITCHes take together. */
export function roomForCalls({
  engine,
  freeswitch,
  media,
}: Pick<CheckedSections, 'engine' | 'freeswitch' | 'media'>): number {
  if (engine === 'freeswitch') return (freeswitch ?? []).reduce((sum, server) => sum + server.maxCalls, 0) || Infinity;
  return media === undefined ? Infinity : Math.floor((media.rtpPorts.max - media.rtpPorts.min + 1) / 2);
}
