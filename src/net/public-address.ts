import { type Cidr, cidrContains, type IpAddress, parseCidr, parseIpAddress } from '../routing/cidr.ts';

/**
 * Blocks that are not the public internet, by the IANA registries of special-purpose addresses (RFC 6890 and its
 * updates): private, loopback, link-local (cloud metadata services live there), shared, documentation, benchmarking,
 * multicast, reserved. Transition blocks (6to4, Teredo, local NAT64) are among them because they carry any IPv4
 * address inside.
 */
const SPECIAL: readonly Cidr[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
].map(block);

/** RFC 6052: the last 32 bits are the IPv4 address that the translator connects to. */
const NAT64 = block('64:ff9b::/96');
/** RFC 2765: the IPv4-translated form of an address. */
const TRANSLATED = block('::ffff:0:0:0/96');

function block(text: string): Cidr {
  const result = parseCidr(text);
  if ('problem' in result) throw new Error(`${text}: ${result.problem}`);
  return result.cidr;
}

/** True for an address of the public internet; an IPv4 address that is wrapped in an IPv6 one counts as itself. */
export function isPublicAddress(text: string): boolean {
  const address = parseIpAddress(text);
  return address !== undefined && isPublic(address);
}

function isPublic(address: IpAddress): boolean {
  if (cidrContains(NAT64, address) || cidrContains(TRANSLATED, address)) {
    return isPublic({ family: 4, value: address.value & 0xffffffffn });
  }
  return !SPECIAL.some((special) => cidrContains(special, address));
}
