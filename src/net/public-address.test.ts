import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

describe('addresses', () => {
  test.each([
    // RFC 1918, loopback, "this network", shared (RFC 6598)
    ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '127.0.0.1', '127.255.255.254'],
    ...['0.0.0.0', '0.1.2.3', '100.64.0.1', '100.127.255.255'],
    // link-local, and the metadata services of clouds on it
    ...['169.254.0.1', '169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254'],
    // documentation, benchmarking, protocol assignments, multicast, reserved, broadcast
    ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '192.0.0.1', '192.88.99.1'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    // IPv6: unspecified, loopback, unique local, link-local, site-local, multicast, discard, documentation
    ...['::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1'],
    ...['100::1', '2001:db8::1', '3fff::1', '5f00::1', '[::1]'],
    // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, local NAT64
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::127.0.0.1', '::7f00:1'],
    ...['::ffff:0:127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '64:ff9b:1::1'],
    // no addresses at all
    ...['', 'localhost', '1.2.3', '0x7f000001', '2130706433', '127.1', 'nonsense', '::ffff:1.2.3.4.5'],
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
    ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ...['2606:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('an IPv4 address is judged alike in each of its IPv6 forms', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const judged = isPublicAddress(address);
        expect(isPublicAddress(`::ffff:${address}`)).toBe(judged);
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(judged);
        expect(isPublicAddress(`::ffff:0:${address}`)).toBe(judged);
      }),
    );
  });
});
