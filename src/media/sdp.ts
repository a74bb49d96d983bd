import { isIP, isIPv6 } from 'node:net';
import { type MediaDescription, parse, type SessionDescription, write } from 'sdp-transform';
import type { G711Law } from './g711.ts';
import { MediaError } from './port.ts';

/** RFC 3264 section 5.1, from the point of view of whoever wrote the SDP. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface TransportAddress {
  address: string;
  port: number;
}

/** What both sides agreed on for the audio of one call. */
export interface NegotiatedAudio {
  codec: G711Law;
  /** What we put into our packets. */
  payloadType: number;
  /** What the peer may put into its packets, and what it means. */
  receivePayloadTypes: ReadonlyMap<number, G711Law | 'telephone-event'>;
  /** What we put into our RFC 4733 packets; undefined: the peer takes none. */
  telephoneEventPayloadType: number | undefined;
  /** Packet length that the peer asked for in milliseconds, 20 when it did not. */
  ptimeMs: number;
  /** Where the peer's SDP asks us to send; undefined while it is held by `c=0.0.0.0`. */
  remote: TransportAddress | undefined;
  rtcpMux: boolean;
  /** Where RTCP goes: the RTP address itself with rtcp-mux; undefined as `remote`. */
  remoteRtcp: TransportAddress | undefined;
  /** Ours: whether we may send and will receive. */
  direction: MediaDirection;
}

/** What our own SDP says about us. RTCP is on `port + 1` unless both sides want rtcp-mux. */
export interface LocalAudio extends TransportAddress {
  /** `o=` line: numeric, stays for the whole call. */
  sessionId: number;
  /** `o=` line: grows by one whenever the SDP differs from the one before (RFC 3264 section 8). */
  sessionVersion: number;
  /** What we may speak, in the order of our offers; default PCMU, PCMA. */
  codecs?: readonly G711Law[];
  /** Whether our SDP tells of RFC 4733; default true. */
  telephoneEvents?: boolean;
}

const MAX_SDP_LENGTH = 16_384;
const MAX_MEDIA_LINES = 32;
const TELEPHONE_EVENT_OFFER = 101;
/** RFC 3551 section 6. */
const STATIC_TYPE: Readonly<Record<G711Law, number>> = { PCMU: 0, PCMA: 8 };
const STATIC_CODEC: ReadonlyMap<number, G711Law> = new Map([
  [STATIC_TYPE.PCMU, 'PCMU'],
  [STATIC_TYPE.PCMA, 'PCMA'],
]);
const BOTH_LAWS: readonly G711Law[] = ['PCMU', 'PCMA'];
const PLAIN_RTP = new Set(['RTP/AVP', 'RTP/AVPF']);

/**
 * Answers an offer: the first usable audio line with the offerer's first codec that we may speak; every other line is
 * rejected with port 0 in its place (RFC 3264 section 6).
 * @throws MediaError `bad_sdp`, `no_common_codec`
 */
export function answerOffer(offerSdp: string, local: LocalAudio): { sdp: string; audio: NegotiatedAudio } {
  const offer = parseSdp(offerSdp);
  const codecs = local.codecs ?? BOTH_LAWS;
  const chosen = offer.media.find((media) => isUsable(media) && payloadCodecs(media, codecs).length > 0);
  if (chosen === undefined) throw new MediaError('no_common_codec', noCommonCodec(offer, codecs));

  const audio = negotiated(offer, chosen, local, reverse(remoteDirection(offer, chosen)));
  const media = offer.media.map((line) => {
    if (line !== chosen) return rejected(line);
    const answer = audioLine(local, audio.direction, audio.rtcpMux, chosen.protocol);
    addCodec(answer, audio.codec, audio.payloadType);
    if (audio.telephoneEventPayloadType !== undefined) addTelephoneEvent(answer, audio.telephoneEventPayloadType);
    if (line.mid !== undefined) answer.mid = line.mid;
    return answer;
  });
  return { sdp: write({ ...sessionLines(local), media }), audio };
}

/** Our offer: what we may speak, in our order, and telephone-event, one audio line. */
export function createOffer(local: LocalAudio, direction: MediaDirection = 'sendrecv'): string {
  const line = audioLine(local, direction, false, 'RTP/AVP');
  for (const codec of local.codecs ?? BOTH_LAWS) addCodec(line, codec, STATIC_TYPE[codec]);
  if (local.telephoneEvents !== false) addTelephoneEvent(line, TELEPHONE_EVENT_OFFER);
  return write({ ...sessionLines(local), media: [line] });
}

/**
 * Reads the answer to `createOffer(local)`.
 * @throws MediaError `bad_sdp` when it does not fit the offer, `no_common_codec` when it rejects the audio line
 */
export function readAnswer(answerSdp: string, local: MayUse = {}): NegotiatedAudio {
  const codecs = local.codecs ?? BOTH_LAWS;
  const answer = parseSdp(answerSdp);
  const line = answer.media[0];
  if (line === undefined || answer.media.length !== 1 || line.type !== 'audio') {
    throw new MediaError('bad_sdp', 'the answer does not have exactly the audio line of the offer');
  }
  if (!isUsable(line)) throw new MediaError('no_common_codec', noCommonCodec(answer, codecs));
  const audio = negotiated(answer, line, local, reverse(remoteDirection(answer, line)));
  const receive = new Map(audio.receivePayloadTypes);
  for (const codec of codecs) receive.set(STATIC_TYPE[codec], codec);
  if (local.telephoneEvents !== false) receive.set(TELEPHONE_EVENT_OFFER, 'telephone-event');
  // rtcp-mux is only in force when both sides asked for it (RFC 5761 section 5.1.1); our offer does not.
  const remoteRtcp = audio.remote === undefined ? undefined : rtcpAddress(line, audio.remote);
  return { ...audio, receivePayloadTypes: receive, rtcpMux: false, remoteRtcp };
}

/** What we may speak, and whether keys are told of. */
type MayUse = Pick<LocalAudio, 'codecs' | 'telephoneEvents'>;

/** @throws MediaError `no_common_codec` */
function negotiated(
  session: SessionDescription,
  media: MediaDescription,
  { codecs = BOTH_LAWS, telephoneEvents = true }: MayUse,
  direction: MediaDirection,
): NegotiatedAudio {
  const common = payloadCodecs(media, codecs);
  const [first] = common;
  if (first === undefined) throw new MediaError('no_common_codec', noCommonCodec(session, codecs));
  const [payloadType, codec] = first;
  const telephoneEvent = telephoneEvents ? findTelephoneEvent(media) : undefined;
  const receive = new Map<number, G711Law | 'telephone-event'>(common);
  if (telephoneEvent !== undefined) receive.set(telephoneEvent, 'telephone-event');

  const address = connectionAddress(session, media);
  const remote = isUnspecified(address) ? undefined : { address, port: media.port };
  const rtcpMux = media.rtcpMux !== undefined;
  return {
    codec,
    payloadType,
    receivePayloadTypes: receive,
    telephoneEventPayloadType: telephoneEvent,
    ptimeMs: typeof media.ptime === 'number' && media.ptime >= 1 && media.ptime <= 200 ? media.ptime : 20,
    remote,
    rtcpMux,
    remoteRtcp: remote === undefined ? undefined : rtcpMux ? remote : rtcpAddress(media, remote),
    direction,
  };
}

function rtcpAddress(media: MediaDescription, remote: TransportAddress): TransportAddress | undefined {
  const port = media.rtcp?.port ?? remote.port + 1;
  const address = media.rtcp?.address ?? remote.address;
  return isIP(address) !== 0 && isPort(port) && port !== 0 ? { address, port } : undefined;
}

/** @throws MediaError `bad_sdp` */
function parseSdp(text: string): SessionDescription {
  if (text.length > MAX_SDP_LENGTH) throw new MediaError('bad_sdp', `SDP is longer than ${MAX_SDP_LENGTH} bytes`);
  if (!/^v=0\s*$/m.test(text.slice(0, 8))) throw new MediaError('bad_sdp', 'SDP does not begin with v=0');
  let session: SessionDescription;
  try {
    // RFC 8866 5.14: "port/number of ports" is for layered encodings; the first port is the one that counts.
    session = parse(text.replace(/^(m=\w+ \d+)\/\d+ /gm, '$1 '));
  } catch (cause) {
    throw new MediaError('bad_sdp', 'SDP cannot be parsed', { cause });
  }
  if (session.origin === undefined) throw new MediaError('bad_sdp', 'SDP has no valid o= line');
  if (session.media.length > MAX_MEDIA_LINES) throw new MediaError('bad_sdp', 'SDP has too many media lines');
  for (const media of session.media) checkMedia(session, media);
  return session;
}

function checkMedia(session: SessionDescription, media: MediaDescription): void {
  if (typeof media.type !== 'string' || typeof media.protocol !== 'string' || !isPort(media.port)) {
    throw new MediaError('bad_sdp', 'SDP has an m= line that is not valid');
  }
  if (media.type === 'audio' && media.port !== 0 && PLAIN_RTP.has(media.protocol)) connectionAddress(session, media);
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535;
}

/** @throws MediaError `bad_sdp` when there is none or it is not an IP address */
function connectionAddress(session: SessionDescription, media: MediaDescription): string {
  // RFC 8866 5.7: the media level overrides; "/ttl" belongs to multicast.
  const address = String((media.connection ?? session.connection)?.ip ?? '');
  if (isIP(address) === 0) throw new MediaError('bad_sdp', 'SDP has no c= line with an IP address');
  return address;
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function isUsable(media: MediaDescription): boolean {
  return media.type === 'audio' && media.port !== 0 && PLAIN_RTP.has(media.protocol);
}

function payloadTypes(media: MediaDescription): number[] {
  return String(media.payloads ?? '')
    .split(' ')
    .map(Number)
    .filter((payloadType) => Number.isInteger(payloadType) && payloadType >= 0 && payloadType <= 127);
}

/** The line's payload types of `codecs`, in the line's order. A static type needs no rtpmap (RFC 3551 section 6). */
function payloadCodecs(media: MediaDescription, codecs: readonly G711Law[]): [number, G711Law][] {
  const found: [number, G711Law][] = [];
  for (const payloadType of payloadTypes(media)) {
    const mapped = media.rtp.find((entry) => entry.payload === payloadType);
    const codec = mapped === undefined ? STATIC_CODEC.get(payloadType) : asG711(mapped);
    if (codec !== undefined && codecs.includes(codec)) found.push([payloadType, codec]);
  }
  return found;
}

function asG711(entry: { codec: string; rate?: number; encoding?: number }): G711Law | undefined {
  if (entry.rate !== 8000 || (entry.encoding !== undefined && entry.encoding !== 1)) return undefined;
  const name = String(entry.codec).toUpperCase();
  return name === 'PCMU' || name === 'PCMA' ? name : undefined;
}

function findTelephoneEvent(media: MediaDescription): number | undefined {
  return payloadTypes(media).find((payloadType) =>
    media.rtp.some(
      (entry) =>
        entry.payload === payloadType &&
        String(entry.codec).toLowerCase() === 'telephone-event' &&
        (entry.rate ?? 8000) === 8000,
    ),
  );
}

/** The peer's direction. `c=0.0.0.0` (RFC 3264 section 8.4) means that it takes no media. */
function remoteDirection(session: SessionDescription, media: MediaDescription): MediaDirection {
  const direction = media.direction ?? session.direction ?? 'sendrecv';
  if (!isUnspecified(connectionAddress(session, media))) return direction;
  return direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';
}

function reverse(direction: MediaDirection): MediaDirection {
  if (direction === 'sendonly') return 'recvonly';
  if (direction === 'recvonly') return 'sendonly';
  return direction;
}

function noCommonCodec(session: SessionDescription, codecs: readonly G711Law[]): string {
  const audio = session.media.filter((media) => media.type === 'audio' && media.port !== 0);
  if (audio.length === 0) return 'SDP offers no audio';
  if (!audio.some(isUsable)) return 'SDP offers audio only over transports other than RTP/AVP';
  return `SDP offers none of ${codecs.join(', ')}`;
}

function sessionLines(local: LocalAudio): Omit<SessionDescription, 'media'> {
  const ipVer = isIPv6(local.address) ? 6 : 4;
  return {
    version: 0,
    origin: {
      username: '-',
      sessionId: local.sessionId,
      sessionVersion: local.sessionVersion,
      netType: 'IN',
      ipVer,
      address: local.address,
    },
    name: 'patchbay',
    connection: { version: ipVer, ip: local.address },
    timing: { start: 0, stop: 0 },
  };
}

function audioLine(local: LocalAudio, direction: MediaDirection, rtcpMux: boolean, protocol: string): MediaDescription {
  return {
    type: 'audio',
    port: local.port,
    protocol,
    payloads: '',
    rtp: [],
    fmtp: [],
    ptime: 20,
    direction,
    ...(rtcpMux ? { rtcpMux: 'rtcp-mux' as const } : { rtcp: { port: local.port + 1 } }),
  };
}

function addCodec(line: MediaDescription, codec: G711Law, payloadType: number): void {
  line.rtp.push({ payload: payloadType, codec, rate: 8000 });
  line.payloads = `${line.payloads ?? ''} ${payloadType}`.trim();
}

function addTelephoneEvent(line: MediaDescription, payloadType: number): void {
  line.rtp.push({ payload: payloadType, codec: 'telephone-event', rate: 8000 });
  line.fmtp.push({ payload: payloadType, config: '0-15' });
  line.payloads = `${line.payloads ?? ''} ${payloadType}`.trim();
}

/** RFC 3264 section 6: port 0, with at least one of the formats of the offer. */
function rejected(media: MediaDescription): MediaDescription {
  return {
    type: media.type,
    port: 0,
    protocol: media.protocol,
    payloads: String(media.payloads ?? 0),
    rtp: [],
    fmtp: [],
    ...(media.mid === undefined ? {} : { mid: media.mid }),
  };
}
