import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cidr, cidrContains, formatCidr, formatIp, parseCidr, parseIpAddress } from './cidr.ts';
import { matchSipConnection } from './sip-connections.ts';

function cidr(text: string): Cidr {
  const result = parseCidr(text);
  if (!('cidr' in result)) throw new Error(`${text}: ${result.problem}`);
  return result.cidr;
}

function contains(block: string, address: string): boolean {
  const parsed = parseIpAddress(address);
  return parsed !== undefined && cidrContains(cidr(block), parsed);
}

describe('blocks of addresses', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '8.8.8.8', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::1/128', '::1', true],
    ['::1/128', '[::1]', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['192.0.2.0/24', '::ffff:c000:0209', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['127.0.0.1/32', 'localhost', false],
  ])('%s and %s: %s', (block, address, expected) => {
    expect(contains(block, address)).toBe(expected);
  });

  test.each([
    ['10.1.2.3/8', /10\.0\.0\.0\/8/],
    ['10.0.0.0/33', /between 0 and 32/],
    ['::/129', /between 0 and 128/],
    ['::ffff:10.0.0.0/95', /between 96 and 128/],
    ['carrier.example', /IP address/],
    ['10.0.0.0/', /IP address/],
    ['10.0.0/8', /IP address/],
    ['', /IP address/],
  ])('%s is refused', (text, problem) => {
    expect(parseCidr(text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  const address = fc.oneof(fc.ipV4(), fc.ipV6());

  test('an address printed and read again is the same', () => {
    fc.assert(
      fc.property(address, (text) => {
        const parsed = parseIpAddress(text);
        expect(parsed).toBeDefined();
        if (parsed !== undefined) expect(parseIpAddress(formatIp(parsed))).toEqual(parsed);
      }),
    );
  });

  test("agrees with Node's own block list", () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.ipV4(),
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 32 }),
        (a, b, prefix, shared) => {
          const base = parseIpAddress(a)?.value ?? 0n;
          const other = parseIpAddress(b)?.value ?? 0n;
          // An address near the block's edge, so that both answers come up.
          const tail = BigInt(32 - shared);
          const near = ((base >> tail) << tail) | (other & ((1n << tail) - 1n));
          const host = BigInt(32 - prefix);
          const network = formatIp({ family: 4, value: (base >> host) << host });
          const text = formatIp({ family: 4, value: near });
          const list = new BlockList();
          list.addSubnet(network, prefix);
          expect(contains(`${network}/${prefix}`, text)).toBe(list.check(text));
          expect(contains(`${network}/${prefix}`, `::ffff:${text}`)).toBe(list.check(text));
          expect(formatCidr(cidr(`${network}/${prefix}`))).toBe(`${network}/${prefix}`);
        },
      ),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%[\]/]{0,40}$/)), (text) => {
        parseIpAddress(text);
        parseCidr(text);
      }),
    );
  });
});

describe('the SIP connection of an address', () => {
  const connections = [
    { id: 'carrier', allowFrom: [cidr('198.51.100.0/24'), cidr('2001:db8::/32')] },
    { id: 'pbx', allowFrom: [cidr('198.51.100.7'), cidr('10.0.0.0/8')] },
    { id: 'nobody', allowFrom: [] },
  ];

  test('is the first that allows it', () => {
    expect(matchSipConnection(connections, '198.51.100.7')?.id).toBe('carrier');
    expect(matchSipConnection(connections, '::ffff:10.1.2.3')?.id).toBe('pbx');
    expect(matchSipConnection(connections, '2001:db8::5')?.id).toBe('carrier');
  });

  test('is none for an address that nobody allows, or that is none', () => {
    expect(matchSipConnection(connections, '203.0.113.1')).toBeUndefined();
    expect(matchSipConnection(connections, 'carrier.example')).toBeUndefined();
    expect(matchSipConnection([], '127.0.0.1')).toBeUndefined();
  });
});
