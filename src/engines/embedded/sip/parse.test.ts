import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, parseAddresses, parseCSeq, splitOutside } from './header-values.ts';
import { type HeaderField, header, headerValue, type SipMessage, toUtf8 } from './message.ts';
import { parseMessage } from './parse.ts';
import { printMessage } from './print.ts';
import { isSipUri, parseUri, printUri } from './uri.ts';
import { hasUniqueBranch, parseVia, printVia, stampTopVia } from './via.ts';

const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019-.!%*_+`'~"), minLength: 1, maxLength: 12 });
/** Header text: every octet but CR and LF, without blanks at the ends. */
const text = fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 40 }).map((codes) =>
  String.fromCharCode(...codes)
    .replaceAll(/[\r\n]/g, '')
    .replace(/^[ \t]+/, '')
    .replace(/[ \t]+$/, ''),
);
const known = fc.constantFrom(
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Subject',
  'Route',
  'Refer-To',
  'X-Own',
);
const fields: fc.Arbitrary<HeaderField[]> = fc.array(
  fc
    .tuple(fc.oneof(known, token), text)
    .map(([name, value]) => header(name, value))
    .filter((field) => field.key !== 'content-length'),
  { maxLength: 12 },
);
const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const uri = fc.constantFrom(
  'sip:a@b',
  'sips:x@[::1]:5061;lr',
  'tel:+4930123',
  'sip:user;par=u%40example.net@example.com',
);

function complete(message: SipMessage): SipMessage {
  return { ...message, headers: [...message.headers, header('Content-Length', String(message.body.length))] };
}

const message: fc.Arbitrary<SipMessage> = fc.oneof(
  fc
    .record({ method: token, uri, headers: fields, body })
    .map((parts) => complete({ kind: 'request', version: '2.0', ...parts })),
  fc
    .record({ status: fc.integer({ min: 100, max: 699 }), reason: text, headers: fields, body })
    .map((parts) => complete({ kind: 'response', version: '2.0', ...parts })),
);

describe('parsing what was printed', () => {
  it('gives the same message, for any headers and any body', () => {
    fc.assert(
      fc.property(message, fc.constantFrom('datagram' as const, 'stream' as const), (original, framing) => {
        const parsed = parseMessage(printMessage(original), framing);
        expect(parsed).toEqual({ kind: 'message', problem: undefined, message: original });
      }),
      { numRuns: 1_000 },
    );
  });

  it('ignores what follows the body of a datagram', () => {
    fc.assert(
      fc.property(message, fc.uint8Array({ maxLength: 50 }), (original, tail) => {
        const parsed = parseMessage(Buffer.concat([printMessage(original), tail]), 'datagram');
        expect(parsed).toMatchObject({ problem: undefined });
        expect(parsed.kind === 'message' && parsed.message.body.equals(original.body)).toBe(true);
      }),
    );
  });
});

describe('damaged input', () => {
  const folder = new URL('../../../../test/data/rfc4475/', import.meta.url);
  const samples = readdirSync(folder)
    .filter((file) => file.endsWith('.dat'))
    .map((file) => readFileSync(new URL(file, folder)));

  it('never makes the parser throw, and it stays quick', () => {
    const change = fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }), kind: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { maxLength: 8 }), (sample, changes) => {
        let bytes: Buffer = Buffer.from(sample);
        for (const { at, octet, kind } of changes) {
          const index = at % Math.max(1, bytes.length);
          if (kind === 0) bytes[index] = octet;
          else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1)]);
          else bytes = Buffer.concat([bytes.subarray(0, index), Buffer.from([octet]), bytes.subarray(index)]);
        }
        const parsed = parseMessage(bytes, 'datagram');
        if (parsed.kind !== 'message') return;
        for (const field of parsed.message.headers) {
          parseVia(field.value);
          parseAddresses([field.value]);
          parseCSeq(field.value);
          parseUri(field.value);
        }
        printMessage(parsed.message);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['blanks in the start line', `INVITE${' '.repeat(60_000)}x\r\n\r\n`],
    ['blanks before a colon', `INVITE sip:a SIP/2.0\r\nTo${' '.repeat(60_000)}x\r\n\r\n`],
    ['an open quote', `INVITE sip:a SIP/2.0\r\nTo: ${'"\\'.repeat(30_000)}\r\n\r\n`],
    ['semicolons', `INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a${' ;'.repeat(30_000)}\r\n\r\n`],
    ['folded lines', `INVITE sip:a SIP/2.0\r\nTo: a${'\r\n '.repeat(20_000)}\r\n\r\n`],
  ])('takes linear time for %s', (_name, hostile) => {
    const parsed = parseMessage(Buffer.from(hostile, 'latin1'), 'datagram', { maxHeaders: 256, maxLineBytes: 100_000 });
    const value = parsed.kind === 'message' ? (parsed.message.headers[0]?.value ?? '') : hostile;
    parseVia(value);
    parseAddresses([value]);
    parseUri(value);
    expect(['message', 'unreadable']).toContain(parsed.kind);
  });
});

describe('parseMessage', () => {
  const read = (raw: string, framing: 'datagram' | 'stream' = 'datagram') =>
    parseMessage(Buffer.from(raw, 'latin1'), framing);

  it('expands compact names, folds lines and skips leading line ends', () => {
    const parsed = read('\r\n\r\nOPTIONS sip:a SIP/2.0\r\nv: x\r\nS : one\r\n\ttwo\r\nX-Own: 1\r\n\r\n');
    expect(parsed).toMatchObject({
      problem: undefined,
      message: {
        headers: [
          { name: 'Via', key: 'via', value: 'x' },
          { name: 'Subject', key: 'subject', value: 'one two' },
          { name: 'X-Own', key: 'x-own', value: '1' },
        ],
      },
    });
  });

  it('keeps octets of UTF-8 that look like white space', () => {
    const parsed = read(`OPTIONS sip:a SIP/2.0\r\nSubject: ${Buffer.from('voilà', 'utf8').toString('latin1')}\r\n\r\n`);
    expect(parsed.kind === 'message' && toUtf8(headerValue(parsed.message, 'subject') ?? '')).toBe('voilà');
  });

  it.each([
    ['OPTIONS sip:a SIP/2.0\r\nTo: a\r\n', 'No Empty Line After Headers'],
    ['OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n', 'Malformed Header Line'],
    ['OPTIONS sip:a SIP/2.0\r\nTo: a\rb\r\n\r\n', 'Line Break Inside Header Field'],
    ['OPTIONS sip:a SIP/2.0\r\nTo: a\nVia: b\r\n\r\n', 'Line Break Inside Header Field'],
    ['OPTIONS sip:a SIP/2.0\r\nl: 9\r\n\r\nshort', 'Content-Length Larger Than Message'],
    ['OPTIONS sip:a SIP/2.0\r\nl: +1\r\n\r\nx', 'Malformed Content-Length'],
    ['OPTIONS sip:a SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n', 'Multiple Content-Length Fields'],
    ['OPTIONS sip:a b SIP/2.0\r\n\r\n', 'Malformed Request-Line'],
    [`OPTIONS sip:a SIP/2.0\r\n${'A: b\r\n'.repeat(300)}\r\n`, 'Too Many Header Fields'],
    [`OPTIONS sip:a SIP/2.0\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`, 'Header Line Too Long'],
    ['SIP/2.0 99 Low\r\n\r\n', 'Status Code Out Of Range'],
  ])('says what is wrong with %j', (raw, problem) => {
    expect(read(raw)).toMatchObject({ kind: 'message', problem });
  });

  it('needs a Content-Length on a stream only', () => {
    expect(read('OPTIONS sip:a SIP/2.0\r\nTo: a\r\n\r\n', 'stream')).toMatchObject({
      problem: 'Missing Content-Length',
    });
    expect(read('OPTIONS sip:a SIP/2.0\r\nTo: a\r\n\r\nbody')).toMatchObject({ problem: undefined });
  });

  it.each(['', 'hello', 'GET / HTTP/1.1\r\n\r\n', '\0\0\0\0'])('calls %j unreadable', (raw) => {
    expect(read(raw).kind).toBe('unreadable');
  });
});

describe('parseUri', () => {
  it.each([
    ['sip:alice@Example.COM', { user: 'alice', host: 'example.com', port: undefined }],
    ['sip:a:pw@h:5070;transport=TCP;lr', { user: 'a', password: 'pw', host: 'h', port: 5070 }],
    ['sips:[2001:db8::1]:5061', { host: '2001:db8::1', port: 5061, user: undefined }],
    ['sip:%61%00b@h', { user: '%61%00b' }],
    ['sip:*31%23@h', { user: '*31%23' }],
    ['sip:h?Subject=a%20b', { headers: 'Subject=a%20b' }],
  ])('reads %s', (uri, expected) => {
    const parsed = parseUri(uri);
    expect(parsed).toMatchObject(expected);
    expect(parsed && isSipUri(parsed) && printUri(parsed).toLowerCase()).toBe(uri.toLowerCase());
  });

  it.each([
    'sip:',
    'sip:@h',
    'sip:a b@h',
    'sip:a@',
    'sip:a@h:70000',
    'sip:a%4@h',
    'sip:a@h;',
    'sip:a@h;x=',
    'nothing',
    'sip:a@-h',
  ])('refuses %s', (uri) => {
    expect(parseUri(uri)).toBeUndefined();
  });
});

describe('parseAddress', () => {
  it.each([
    ['"A \\" B" <sip:a@b>;tag=1', '"A \\" B"', 'sip:a@b', '1'],
    ['Bell <sip:a@b;x=y> ; tag = 1', 'Bell', 'sip:a@b;x=y', '1'],
    ['sip:a@b;tag=1', undefined, 'sip:a@b', '1'],
    ['caller<sip:a@b>;tag=1', 'caller', 'sip:a@b', '1'],
    ['<tel:+1>', undefined, 'tel:+1', undefined],
  ])('reads %s', (value, displayName, uri, tag) => {
    const address = parseAddress(value);
    expect(address).toMatchObject({ displayName, uri });
    expect(address?.params.get('tag')).toBe(tag);
  });

  it.each([
    '"A <sip:a@b>',
    'Bell, A <sip:a@b>',
    '< sip:a@b >',
    '<sip:a@b',
    '<sip:a@b>;;',
    'sip:a@b?x=y',
    '',
    '<>',
    '"x" y <sip:a>',
  ])('refuses %s', (value) => {
    expect(parseAddress(value)).toBeUndefined();
  });

  it('splits lists outside quotes and brackets', () => {
    expect(splitOutside('"a,b" <sip:x,y@z>, <sip:c>', ',')).toEqual(['"a,b" <sip:x,y@z>', '<sip:c>']);
    expect(splitOutside('"a, <sip:c>', ',')).toBeUndefined();
  });
});

describe('Via', () => {
  it('is read with any white space and printed canonically', () => {
    const via = parseVia('SIP  / 2.0  / TCP     Host.example:5070   ; branch  =   z9hG4bK1;rport');
    expect(via).toMatchObject({ transport: 'TCP', host: 'host.example', port: 5070 });
    expect(via && hasUniqueBranch(via)).toBe(true);
    expect(via && printVia(via)).toBe('SIP/2.0/TCP host.example:5070;branch=z9hG4bK1;rport');
  });

  it.each(['SIP/2.0/UDP h;branch=z9hG4bK', 'SIP/2.0/UDP h', 'SIP/2.0/UDP h;branch=abc'])(
    '%s needs RFC 2543 matching',
    (value) => {
      const via = parseVia(value);
      expect(via && hasUniqueBranch(via)).toBe(false);
    },
  );

  it.each([
    ['SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.1'],
    ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
    [
      'SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1',
      'SIP/2.0/UDP 192.0.2.1;rport=7000;branch=z9hG4bK1;received=192.0.2.1',
    ],
    ['SIP/2.0/UDP 192.0.2.1;received=6.6.6.6;branch=z9hG4bK1', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
    ['SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b', 'SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.1, SIP/2.0/TCP b'],
  ])('is stamped with the source: %s', (value, stamped) => {
    const headers = [header('Subject', 'x'), header('Via', value), header('Via', 'SIP/2.0/UDP below')];
    const via = parseVia(value.split(',')[0] ?? '');
    const result = via && stampTopVia(headers, via, '192.0.2.1', 7000).map((field) => field.value);
    expect(result).toEqual(['x', stamped, 'SIP/2.0/UDP below']);
  });
});
