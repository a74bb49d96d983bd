import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesEtag, readByteRange } from './byte-range.ts';

const etag = '"a"';

it.each([
  [undefined, 'whole'],
  ['bytes=0-', '0-99'],
  ['bytes=0-0', '0-0'],
  ['bytes=10-19', '10-19'],
  ['Bytes = 10-19 ', '10-19'],
  ['bytes=90-1000', '90-99'],
  ['bytes=-10', '90-99'],
  ['bytes=-1000', '0-99'],
  ['bytes=99-', '99-99'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', 'whole'],
  ['bytes=0-1,3-4', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['lines=0-1', 'whole'],
  ['bytes=9999999999999999-', 'whole'],
])('%s', (header, expected) => {
  const range = readByteRange(header, 100, { etag });
  expect(range.kind === 'part' ? `${range.from}-${range.to}` : range.kind).toBe(expected);
});

it('a range for another version is passed over', () => {
  expect(readByteRange('bytes=1-2', 100, { etag, ifRange: '"b"' })).toEqual({ kind: 'whole' });
  expect(readByteRange('bytes=1-2', 100, { etag, ifRange: etag })).toMatchObject({ kind: 'part' });
});

it('whatever is asked for lies within what there is, and parts put together are the whole', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.array(fc.nat(600), { maxLength: 6 }), fc.string(), (size, cuts, junk) => {
      const places = [...new Set(cuts.filter((cut) => cut > 0 && cut < size))].sort((a, b) => a - b);
      let next = 0;
      for (const end of [...places, size]) {
        if (end === next) continue;
        const range = readByteRange(`bytes=${next}-${end - 1}`, size, { etag });
        expect(range).toEqual({ kind: 'part', from: next, to: end - 1 });
        next = end;
      }
      expect(next).toBe(size);
      for (const header of [
        junk,
        `bytes=${junk}`,
        `bytes=${cuts[0] ?? ''}-${cuts[1] ?? ''}`,
        `bytes=-${cuts[0] ?? ''}`,
      ]) {
        const range = readByteRange(header, size, { etag });
        if (range.kind !== 'part') continue;
        expect(range.from).toBeGreaterThanOrEqual(0);
        expect(range.to).toBeGreaterThanOrEqual(range.from);
        expect(range.to).toBeLessThan(size);
      }
    }),
  );
});

it.each([
  [undefined, false],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['*', true],
  ['"b"', false],
])('If-None-Match %s', (header, expected) => {
  expect(matchesEtag(header, etag)).toBe(expected);
});
