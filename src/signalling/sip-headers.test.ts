import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerFields, parseNameAddr, quotedString, userAndHost } from './sip-headers.ts';

describe('headerFields', () => {
  it('joins folded lines, spells compact names out and keeps every occurrence in order', () => {
    const raw = [
      'INVITE sip:demo@127.0.0.1 SIP/2.0',
      'v: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1',
      'f: "Ann"',
      '  <sip:ann@example.com>;tag=1',
      'P-Asserted-Identity: <sip:1@a>',
      'P-Asserted-Identity: <tel:+2>',
      '',
      'X-Body: not a header',
    ].join('\r\n');
    const fields = headerFields(raw);
    expect(fields.get('via')).toEqual(['SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1']);
    expect(fields.get('from')).toEqual(['"Ann" <sip:ann@example.com>;tag=1']);
    expect(fields.get('p-asserted-identity')).toEqual(['<sip:1@a>', '<tel:+2>']);
    expect(fields.has('x-body')).toBe(false);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (raw) => headerFields(raw) instanceof Map));
  });
});

describe('parseNameAddr', () => {
  it.each([
    ['"A. G. \\"Bell\\"" <sip:agb@bell.example;tag=no>;tag=a48s', 'A. G. "Bell"', 'agb', 'bell.example'],
    ['Anonymous <sip:c8oqz84zk7z@privacy.example>;tag=h', 'Anonymous', 'c8oqz84zk7z', 'privacy.example'],
    ['sip:+12125551212@phone.example.com;tag=887s', undefined, '+12125551212', 'phone.example.com'],
    ['<sip:caller@[2001:DB8::10]:5070>', undefined, 'caller', '[2001:db8::10]'],
    ['<sips:%61lice:secret@Example.COM:5061;transport=tls?x=y>', undefined, 'alice', 'example.com'],
    ['<tel:+1-201-555-0123;phone-context=example.com>', undefined, '+1-201-555-0123', ''],
    ['<sip:127.0.0.1>', undefined, '', '127.0.0.1'],
  ])('%s', (value, displayName, user, host) => {
    expect(parseNameAddr(value)).toMatchObject({ displayName, user, host });
  });

  it('keeps an escape that is none', () => {
    expect(userAndHost('sip:100%sure@example.com')).toEqual({ user: '100%sure', host: 'example.com' });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (value) => typeof parseNameAddr(value).uri === 'string'));
  });
});

describe('quotedString', () => {
  it('cannot be left by its content', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(quotedString(text)).toMatch(/^"(?:[^"\\\p{Cc}]|\\.)*"$/su);
      }),
    );
  });
});
