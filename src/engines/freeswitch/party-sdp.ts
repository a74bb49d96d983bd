import { isIPv6 } from 'node:net';
import { parse } from 'sdp-transform';
import type { MediaDirection, NegotiatedAudio, TransportAddress } from '../../media/sdp.ts';
import { FreeSwitchError } from './errors.ts';

/**
 * FreeSWITCH never sees the party's own SDP: it is told what the hub has settled, one line of plain RTP/AVP with one codec. So it
 * cannot choose another codec than the hub has promised, nor SRTP, and nothing that a party writes reaches its parser.
 */

/** Stands for a party that is not known yet: the discard port. */
const NOWHERE: TransportAddress = { address: '127.0.0.1', port: 9 };
const TELEPHONE_EVENT = 101;

/** Of the party whose audio was settled; `version` grows with each exchange (RFC 3264 section 8). */
export function partySdp(audio: NegotiatedAudio, version: number): string {
  const remote = audio.remote ?? NOWHERE;
  const direction = audio.remote === undefined ? 'inactive' : asSeenByParty(audio.direction);
  const events = audio.telephoneEventPayloadType;
  return describe(remote, version, [
    `m=audio ${remote.port} RTP/AVP ${[audio.payloadType, ...(events === undefined ? [] : [events])].join(' ')}`,
    `a=rtpmap:${audio.payloadType} ${audio.codec}/8000`,
    ...(events === undefined ? [] : [`a=rtpmap:${events} telephone-event/8000`, `a=fmtp:${events} 0-16`]),
    'a=ptime:20',
    `a=${direction}`,
  ]);
}

/**
 * What FreeSWITCH gets while the party is still to be asked: it answers with the address that our offer tells. An INVITE without SDP would make it
 * offer SRTP, and keep it up when the party wants none. `address`: of a party that speaks whatever we do.
 */
export function unknownPartySdp(version: number, address: TransportAddress = NOWHERE): string {
  return describe(address, version, [
    `m=audio ${address.port} RTP/AVP 0 8 ${TELEPHONE_EVENT}`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    `a=rtpmap:${TELEPHONE_EVENT} telephone-event/8000`,
    `a=fmtp:${TELEPHONE_EVENT} 0-16`,
    'a=ptime:20',
  ]);
}

/** Where FreeSWITCH awaits the party's RTP. @throws FreeSwitchError `freeswitch_refused` */
export function mediaAddress(freeSwitchSdp: string): TransportAddress {
  const { media, connection } = parse(freeSwitchSdp);
  const line = media.find(({ type, port }) => type === 'audio' && port !== 0);
  const address = (line?.connection ?? connection)?.ip;
  if (line === undefined || address === undefined) {
    throw new FreeSwitchError('freeswitch_refused', 'FreeSWITCH has answered without an address for audio');
  }
  return { address, port: line.port };
}

/** RTCP has a port of its own at FreeSWITCH. */
export function withoutRtcpMux(sdp: string): string {
  return sdp.replace(/^a=rtcp-mux[^\r\n]*\r?\n?/gm, '');
}

function describe({ address }: TransportAddress, version: number, media: readonly string[]): string {
  const family = isIPv6(address) ? 'IP6' : 'IP4';
  const session = ['v=0', `o=patchbay 1 ${version} IN ${family} ${address}`, 's=patchbay', `c=IN ${family} ${address}`];
  return [...session, 't=0 0', ...media, ''].join('\r\n');
}

function asSeenByParty(ours: MediaDirection): MediaDirection {
  if (ours === 'sendonly') return 'recvonly';
  if (ours === 'recvonly') return 'sendonly';
  return ours;
}
