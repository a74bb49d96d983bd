import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, StreamFramer } from './stream-framer.ts';

const limits = { maxHeaderBytes: 2_000, maxMessageBytes: 4_000 };

function frames(chunks: Buffer[]): Frame[] {
  const framer = new StreamFramer(limits);
  return chunks.flatMap((chunk) => framer.push(chunk));
}

function cut(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const lengthName = fc.constantFrom('Content-Length:', 'l:', 'CONTENT-LENGTH  : ', 'L :\r\n ');

describe('StreamFramer', () => {
  it('finds the same messages however the stream is cut', () => {
    const message = fc
      .tuple(lengthName, body)
      .map(([name, text]) =>
        Buffer.concat([Buffer.from(`OPTIONS sip:a SIP/2.0\r\n${name}${text.length}\r\n\r\n`), text]),
      );
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat({ max: 3_000 }), { maxLength: 30 }),
        (messages, cuts) => {
          const found = frames(cut(Buffer.concat(messages), cuts));
          expect(found.map((frame) => (frame.kind === 'message' ? frame.bytes : frame))).toEqual(messages);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws and never holds more than its limits', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 20 }), (chunks) => {
        const found = frames(chunks.map((chunk) => Buffer.from(chunk)));
        expect(found.filter((frame) => frame.kind === 'lost').length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('works one octet at a time', () => {
    const bytes = Buffer.from('\r\nOPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc\r\n\r\nSIP/2.0 200 OK\r\nl: 0\r\n\r\n');
    const found = frames([...bytes].map((octet) => Buffer.from([octet])));
    expect(found.map((frame) => frame.kind)).toEqual(['message', 'ping', 'message']);
  });

  it.each([
    ['no Content-Length', 'OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n', 400, 'Missing Content-Length'],
    [
      'two of them',
      'OPTIONS sip:a SIP/2.0\r\nl: 1\r\nContent-Length: 1\r\n\r\nx',
      400,
      'Multiple Content-Length Fields',
    ],
    ['a negative one', 'OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n', 400, 'Malformed Content-Length'],
    ['too much body', 'OPTIONS sip:a SIP/2.0\r\nl: 9999\r\n\r\n', 513, 'Message Too Large'],
    ['endless headers', `OPTIONS sip:a SIP/2.0\r\nX: ${'x'.repeat(3_000)}`, 400, 'Header Block Too Large'],
  ])('is lost after %s', (_name, text, status, reason) => {
    const framer = new StreamFramer(limits);
    expect(framer.push(Buffer.from(text))).toMatchObject([{ kind: 'lost', status, reason }]);
    expect(framer.push(Buffer.from('OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n'))).toEqual([]);
    expect(framer.partial).toBe(false);
  });

  it('knows when a message has begun', () => {
    const framer = new StreamFramer(limits);
    expect(framer.partial).toBe(false);
    framer.push(Buffer.from('OPTIONS'));
    expect(framer.partial).toBe(true);
    framer.push(Buffer.from(' sip:a SIP/2.0\r\nl: 0\r\n\r\n'));
    expect(framer.partial).toBe(false);
  });
});
