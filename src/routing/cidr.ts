import { isIP } from 'node:net';

/** A block of IP addresses. IPv4 blocks are kept as such; an IPv4-mapped IPv6 address counts as its IPv4 address. */
export interface Cidr {
  family: 4 | 6;
  /** The network address as a number, host bits zero. */
  network: bigint;
  /** 0..32 or 0..128. */
  prefix: number;
}

export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

const bitsOf = { 4: 32, 6: 128 } as const;
const mappedPrefix = 0xffffn;

function parseIpv4(text: string): bigint {
  let value = 0n;
  for (const part of text.split('.')) value = (value << 8n) | BigInt(part);
  return value;
}

/** `text` has passed `isIP`: at most one `::`, groups of hex digits, perhaps a dotted quad at the end. */
function parseIpv6(text: string): bigint {
  const groupsOf = (part: string): bigint[] => {
    const groups: bigint[] = [];
    if (part === '') return groups;
    for (const group of part.split(':')) {
      if (group.includes('.')) {
        const quad = parseIpv4(group);
        groups.push(quad >> 16n, quad & 0xffffn);
      } else {
        groups.push(BigInt(`0x${group}`));
      }
    }
    return groups;
  };
  const [head = '', tail] = text.split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const gap = Array.from({ length: 8 - first.length - last.length }, () => 0n);
  let value = 0n;
  for (const group of [...first, ...gap, ...last]) value = (value << 16n) | group;
  return value;
}

/**
 * Reads an IPv4 or IPv6 address in text form (RFC 4291 section 2.2); brackets around IPv6 and a zone (`%eth0`) are
 * accepted and dropped. `::ffff:192.0.2.1` becomes the IPv4 address, as sockets that serve both families report it.
 * @returns undefined where the text is no address
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  switch (isIP(bare)) {
    case 4:
      return { family: 4, value: parseIpv4(bare) };
    case 6: {
      const value = parseIpv6(bare);
      return value >> 32n === mappedPrefix ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
    }
    default:
      return undefined;
  }
}

function maskHostBits(value: bigint, prefix: number, bits: number): bigint {
  const hostBits = BigInt(bits - prefix);
  return (value >> hostBits) << hostBits;
}

export type CidrResult = { cidr: Cidr } | { problem: string };

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32`, or a bare address, which means that address alone. A block whose host bits
 * are set is refused: it is nearly always a slip, and which of the two meanings was meant decides who may call.
 * @returns the block, or what is wrong with the text, in words
 */
export function parseCidr(text: string): CidrResult {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpAddress(match[1]);
  if (match === null || address === undefined) {
    return { problem: 'an IP address or a block such as 192.0.2.0/24 or 2001:db8::/32' };
  }
  // A mapped block such as ::ffff:192.0.2.0/120 counts its prefix from the IPv6 side.
  const mapped = address.family === 4 && (match[1] ?? '').includes(':');
  const bits = bitsOf[address.family];
  const prefix = match[2] === undefined ? bits : Number(match[2]) - (mapped ? 96 : 0);
  if (prefix < 0 || prefix > bits)
    return { problem: `a prefix length between ${mapped ? 96 : 0} and ${mapped ? 128 : bits}` };
  const network = maskHostBits(address.value, prefix, bits);
  if (network !== address.value) {
    return {
      problem: `the first address of the block, ${formatIp({ family: address.family, value: network })}/${prefix}`,
    };
  }
  return { cidr: { family: address.family, network, prefix } };
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  return (
    cidr.family === address.family && maskHostBits(address.value, cidr.prefix, bitsOf[cidr.family]) === cidr.network
  );
}

/** IPv6 comes out in full (eight groups), which `parseIpAddress` reads back. */
export function formatIp(address: IpAddress): string {
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 0xffn)).join('.');
  }
  return Array.from({ length: 8 }, (_, index) =>
    ((address.value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  ).join(':');
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ family: cidr.family, value: cidr.network })}/${cidr.prefix}`;
}
