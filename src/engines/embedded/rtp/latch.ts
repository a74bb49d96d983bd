import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net';

/** Silence of the latched source after which another one may take its place. */
export const RELATCH_SILENCE_MS = 2000;
/** How long a source at a foreign IP address must be the only one before it is taken. */
export const PROBATION_MS = 200;
export const PROBATION_PUBLIC_MS = 2000;
/** A candidate that pauses for longer than this starts again. */
const CANDIDATE_PAUSE_MS = 200;

/** How well a source fits what the peer's SDP says. */
const Rank = {
  none: 0,
  /** Another IP address: a NAT in front of a phone that tells its own address, or a stranger. */
  foreign: 1,
  /** The IP address of the SDP, another port: a NAT that the phone knows of. */
  sameAddress: 2,
  exact: 3,
} as const;

/** Addresses that mean something else, or nothing, outside their own network: RFC 1918, 6598, 3927, 1122, 4193, 4291. */
const localScope = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
] as const) {
  localScope.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const) {
  localScope.addSubnet(net, prefix, 'ipv6');
}

/**
 * Symmetric RTP (RFC 4961): where the packets really come from is where ours go. What comes from elsewhere than the
 * latched source is a stranger.
 *
 * - From the SDP's IP address the first packet latches at once, whatever its port (NAT keeps the address it told).
 * - Another IP address may be a NAT in front of a phone that tells its private address, or the phone of an earlier call on this
 *   port. It is taken when nothing came from the SDP's address while it sent for `PROBATION_MS`, or
 *   `PROBATION_PUBLIC_MS` where the SDP tells a public address, behind which no NAT is to be expected.
 * - A source that fits the SDP better than the latched one takes its place at once: the SDP's address before
 *   others, its very port before other ports.
 * - Otherwise another source is taken when the peer announces a new address, or, for a NAT that lost its
 *   mapping, after `RELATCH_SILENCE_MS` from the IP address of the SDP or of the latched source.
 *
 * Where the source is not to be followed, ours go to the very address of the SDP, and only its IP address is heard.
 */
export class Latch {
  /** Where to send; '' while the peer has told no address. */
  address = '';
  port = 0;
  latched = false;
  private rank: number = Rank.none;
  /** As the peer told it, and in the form that sources are compared in. */
  private sdpAddress = '';
  private sdpPort = 0;
  private sdpPlain = '';
  private probationMs = 0;
  private lastHeardMs = 0;
  /** The source before a new address was announced: its packets still under way must not latch again. */
  private formerAddress = '';
  private formerPort = 0;
  private candidateAddress = '';
  private candidatePort = 0;
  private candidateSinceMs = 0;
  private candidateHeardMs = Number.NEGATIVE_INFINITY;
  private readonly followSource: boolean;

  constructor(followSource = true) {
    this.followSource = followSource;
  }

  /** The peer's SDP, first or again. The same address as before keeps the latch. */
  announce(address: string, port: number, nowMs: number): void {
    if (address === this.sdpAddress && port === this.sdpPort) return;
    this.sdpAddress = address;
    this.sdpPort = port;
    this.sdpPlain = plainAddress(address);
    this.probationMs = isPublic(this.sdpPlain) ? PROBATION_PUBLIC_MS : PROBATION_MS;
    if (this.latched && port === this.port && this.sdpPlain === plainAddress(this.address)) {
      this.rank = Rank.exact;
      return;
    }
    if (this.latched) {
      this.formerAddress = this.address;
      this.formerPort = this.port;
    }
    this.address = address;
    this.port = port;
    this.latched = false;
    this.rank = Rank.none;
    this.lastHeardMs = nowMs;
    this.candidateHeardMs = Number.NEGATIVE_INFINITY;
  }

  /** Judges the source of a valid packet. `moved` is to be told to whoever shows the address. */
  heard(address: string, port: number, nowMs: number): 'same' | 'moved' | 'stranger' {
    if (this.latched && port === this.port && address === this.address) {
      this.lastHeardMs = nowMs;
      return 'same';
    }
    if (!this.followSource) {
      const known = this.sdpPlain !== '' && (address === this.sdpAddress || plainAddress(address) === this.sdpPlain);
      return known ? 'same' : 'stranger';
    }
    const rank = this.rankOf(address, port);
    if (!this.mayLatch(rank, address, port, nowMs)) return 'stranger';
    this.latched = true;
    this.rank = rank;
    this.address = address;
    this.port = port;
    this.lastHeardMs = nowMs;
    return 'moved';
  }

  /** True for an address that RTCP may come from. */
  knows(address: string): boolean {
    return address === this.address || plainAddress(address) === this.sdpPlain;
  }

  private mayLatch(rank: number, address: string, port: number, nowMs: number): boolean {
    const silent = nowMs - this.lastHeardMs >= RELATCH_SILENCE_MS;
    if (this.latched) return rank > this.rank || (silent && (rank > Rank.foreign || address === this.address));
    if (port === this.formerPort && address === this.formerAddress && !silent) return false;
    return rank > Rank.foreign || this.endsProbation(address, port, nowMs);
  }

  private rankOf(address: string, port: number): number {
    // A peer that has told no address, or one of the other family, is whoever comes first.
    const source = plainAddress(address);
    if (this.sdpPlain === '' || isIPv6(source) !== isIPv6(this.sdpPlain)) return Rank.sameAddress;
    if (source !== this.sdpPlain) return Rank.foreign;
    return port === this.sdpPort ? Rank.exact : Rank.sameAddress;
  }

  /** One candidate at a time; it keeps its place while it sends. */
  private endsProbation(address: string, port: number, nowMs: number): boolean {
    const same = address === this.candidateAddress && port === this.candidatePort;
    const paused = nowMs - this.candidateHeardMs > CANDIDATE_PAUSE_MS;
    if (!paused && !same) return false;
    if (paused) {
      this.candidateAddress = address;
      this.candidatePort = port;
      this.candidateSinceMs = nowMs;
    }
    this.candidateHeardMs = nowMs;
    return nowMs - this.candidateSinceMs >= this.probationMs;
  }
}

/** One spelling for each address: IPv4 in IPv6 (RFC 4291 2.5.5.2) as IPv4, IPv6 as RFC 5952 has it. */
export function plainAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return new SocketAddress({ address: address.replace(/%.*$/, ''), family: 'ipv6' }).address;
}

function isPublic(plain: string): boolean {
  return isIP(plain) !== 0 && !localScope.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
