import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Latch, PROBATION_MS, PROBATION_PUBLIC_MS, plainAddress, RELATCH_SILENCE_MS } from './latch.ts';

const PRIVATE = '192.168.1.20';
const PUBLIC = '198.51.100.20';
const ELSEWHERE = '203.0.113.9';

function announced(address: string, port = 4000): Latch {
  const latch = new Latch();
  latch.announce(address, port, 0);
  return latch;
}

/** Packets of one source every 20 ms; the time at which it was taken, or undefined. */
function stream(latch: Latch, address: string, port: number, fromMs: number, toMs: number): number | undefined {
  for (let now = fromMs; now < toMs; now += 20) if (latch.heard(address, port, now) === 'moved') return now;
  return undefined;
}

describe('where the source is not followed', () => {
  it.each([PRIVATE, PUBLIC, '2001:db8::1'])(
    'ours go to the very address of the SDP, and no other is heard: %s',
    (address) => {
      const latch = new Latch(false);
      expect(latch.heard(address, 4000, 0)).toBe('stranger');
      latch.announce(address, 4000, 0);
      for (let now = 0; now < 10_000; now += 20) {
        expect(latch.heard(address, 61_000, now)).toBe('same');
        expect(latch.heard(address.includes(':') ? '2001:db8::2' : ELSEWHERE, 4000, now)).toBe('stranger');
      }
      expect(latch).toMatchObject({ address, port: 4000 });
      latch.announce(ELSEWHERE, 5000, 10_000);
      expect(latch.heard(ELSEWHERE, 5000, 10_000)).toBe('same');
      expect(latch.heard(address, 4000, 20_000)).toBe('stranger');
      expect(latch).toMatchObject({ address: ELSEWHERE, port: 5000 });
    },
  );
});

describe('where our packets go', () => {
  it('is the address of the SDP until something arrives', () => {
    expect(announced(PUBLIC)).toMatchObject({ address: PUBLIC, port: 4000, latched: false });
  });

  it("is the first source at the SDP's IP address, at once and on any port", () => {
    const latch = announced(PUBLIC);
    expect(latch.heard(PUBLIC, 61_000, 10)).toBe('moved');
    expect(latch.heard(PUBLIC, 61_000, 30)).toBe('same');
    expect(latch).toMatchObject({ address: PUBLIC, port: 61_000 });
  });

  it('is the very port of the SDP as soon as it sends, whatever sent before', () => {
    const latch = announced(PUBLIC);
    latch.heard(PUBLIC, 61_000, 10);
    expect(latch.heard(PUBLIC, 4000, 20)).toBe('moved');
    expect(latch.heard(PUBLIC, 61_000, 30)).toBe('stranger');
    expect(latch).toMatchObject({ address: PUBLIC, port: 4000 });
  });

  it.each([
    ['private', PRIVATE, PROBATION_MS],
    ['public', PUBLIC, PROBATION_PUBLIC_MS],
    ['carrier-grade NAT', '100.72.0.1', PROBATION_MS],
    ['public IPv6', '2001:db8::1', PROBATION_PUBLIC_MS],
    ['unique local IPv6', 'fd00::1', PROBATION_MS],
  ])('is another IP address only after it was alone for a while: %s', (_, address, probationMs) => {
    const latch = announced(address);
    const source = address.includes(':') ? '2001:db8:ffff::2' : ELSEWHERE;
    expect(stream(latch, source, 5000, 100, 10_000)).toBe(100 + probationMs);
  });

  it("is never a stranger's while packets come from the SDP's address, whoever came first", () => {
    const latch = announced(PRIVATE);
    for (let now = 0; now < 10_000; now += 20) {
      expect(latch.heard(ELSEWHERE, 5000, now)).toBe('stranger');
      if (now >= 100) expect(latch.heard(PRIVATE, 4000, now + 1)).toBe(now === 100 ? 'moved' : 'same');
    }
    expect(latch).toMatchObject({ address: PRIVATE, port: 4000 });
  });

  it("goes back to the SDP's address when it sends after all", () => {
    const latch = announced(PRIVATE);
    stream(latch, ELSEWHERE, 5000, 0, 1000);
    expect(latch.address).toBe(ELSEWHERE);
    expect(latch.heard(PRIVATE, 4000, 1000)).toBe('moved');
    expect(latch.heard(ELSEWHERE, 5000, 1001)).toBe('stranger');
  });

  it('is not decided by one candidate for another, nor by a candidate that pauses', () => {
    const latch = announced(PRIVATE);
    latch.heard(ELSEWHERE, 5000, 0);
    expect(stream(latch, '203.0.113.10', 5000, 10, 150)).toBeUndefined();
    expect(latch.heard(ELSEWHERE, 5000, 150)).toBe('stranger');
    expect(latch.heard(ELSEWHERE, 5000, 600)).toBe('stranger');
    expect(stream(latch, ELSEWHERE, 5000, 620, 2000)).toBe(600 + PROBATION_MS);
  });

  it('is the first source where the peer told no address, or one of the other family', () => {
    expect(new Latch().heard(ELSEWHERE, 5000, 0)).toBe('moved');
    expect(announced('2001:db8::1').heard(ELSEWHERE, 5000, 0)).toBe('moved');
  });

  it('follows a known IP address to another port after a silence, and no other', () => {
    const latch = announced(PUBLIC);
    latch.heard(PUBLIC, 4000, 0);
    expect(latch.heard(PUBLIC, 4001, RELATCH_SILENCE_MS - 1)).toBe('stranger');
    expect(stream(latch, ELSEWHERE, 5000, RELATCH_SILENCE_MS, 60_000)).toBeUndefined();
    expect(latch.heard(PUBLIC, 4001, 60_000)).toBe('moved');
  });

  it('is a new address of the SDP; what is under way from the former one does not latch again', () => {
    const latch = announced(PUBLIC);
    latch.heard(PUBLIC, 4000, 0);
    latch.announce(PUBLIC, 4100, 1000);
    expect(latch).toMatchObject({ port: 4100, latched: false });
    expect(latch.heard(PUBLIC, 4000, 1010)).toBe('stranger');
    expect(latch.heard(PUBLIC, 4100, 1020)).toBe('moved');
  });

  it('stays where it is when the SDP comes to tell the latched address', () => {
    const latch = announced(PRIVATE);
    stream(latch, ELSEWHERE, 5000, 0, 1000);
    latch.announce(ELSEWHERE, 5000, 1000);
    expect(latch).toMatchObject({ address: ELSEWHERE, port: 5000, latched: true });
    expect(latch.heard(PRIVATE, 4000, 1001)).toBe('stranger');
  });

  it('always is the address of the SDP or one that has sent a packet', () => {
    const step = fc.record({
      kind: fc.constantFrom('sdp', 'packet', 'packet'),
      address: fc.constantFrom(PRIVATE, PUBLIC, ELSEWHERE),
      port: fc.constantFrom(4000, 4001, 5000),
      ms: fc.nat(800),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const latch = new Latch();
        const known = new Set<string>();
        let now = 0;
        for (const { kind, address, port, ms } of steps) {
          now += ms;
          known.add(`${address}:${port}`);
          if (kind === 'sdp') latch.announce(address, port, now);
          else {
            const accepted = latch.heard(address, port, now) !== 'stranger';
            expect(accepted).toBe(latch.latched && latch.address === address && latch.port === port);
          }
          if (latch.address !== '') expect(known.has(`${latch.address}:${latch.port}`)).toBe(true);
        }
      }),
    );
  });
});

describe('addresses are compared', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1', '192.0.2.1'],
    ['', ''],
  ])('%s is %s', (address, plain) => expect(plainAddress(address)).toBe(plain));

  it('lets RTCP come from the SDP in any spelling and from the latched source', () => {
    const latch = announced('2001:DB8:0::1');
    expect(latch.knows('2001:db8::1')).toBe(true);
    expect(latch.knows('2001:db8::2')).toBe(false);
  });
});
