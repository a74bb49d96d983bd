import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatchbayError } from '../errors.ts';
import { parseTarget, targetUri, targetUser } from './numbers.ts';

describe('parseTarget', () => {
  it.each([
    ['tel:+493012345678', '+493012345678'],
    ['TEL:+49-30-1234(5678)', '+493012345678'],
    [' +1 202 555 0123 ', '+12025550123'],
    ['+15551230001', '+15551230001'],
    ['tel:+80012345678', '+80012345678'],
  ])('takes %s', (text, number) => {
    const target = parseTarget(text);
    expect(target).toEqual({ scheme: 'tel', number });
    expect(targetUri(target)).toBe(`tel:${number}`);
    expect(targetUser(target)).toBe(number);
  });

  it.each([
    ['sip:alice@example.com', 'alice', 'example.com'],
    ['SIP:+4930@PBX.Example.com:5070;transport=tcp', '+4930', 'pbx.example.com'],
    ['sip:a%20b@[2001:db8::1]', 'a b', '[2001:db8::1]'],
    ['sip:100@127.0.0.1', '100', '127.0.0.1'],
  ])('takes %s', (text, user, host) => {
    expect(parseTarget(text)).toEqual({ scheme: 'sip', user, host, uri: `sip:${text.slice(4)}` });
  });

  it.each([
    ['', /empty/],
    ['tel:', /E\.164/],
    ['tel:110', /no country code/],
    ['030 123456', /tel:/],
    ['tel:+1911', /number of digits/],
    ['tel:+999123456789', /country/],
    ['tel:+49030123456', /did you mean \+4930123456/],
    ['tel:+12025550123;ext=5', /sendDtmf/],
    ['tel:+1234567890123456', /15 digits/],
    ['tel:+1202555CALL', /E\.164/],
    ['sips:a@example.com', /sips/],
    ['http://example.com/', /'http:'/],
    ['sip:example.com', /sip:user@host/],
    ['sip:a@example.com?Subject=x', /sipHeaders/],
    ['sip:a:secret@example.com', /password/],
    ['sip:a%0d%0aX@example.com', /control/],
    ['sip:a%ff@example.com', /UTF-8/],
    ['sip:a b@example.com', /escapes/],
    ['sip:a@-bad-', /host/],
    ['sip:a@300.1.1.1', /host/],
    ['sip:a@example.com:99999', /port/],
    ['sip:a@example.com>;x=<', /host/],
    ['sip:a@example.com;x=<y>', /parameters/],
    ['tel:+4930\r\n12345678', /control/],
    [`sip:${'a'.repeat(300)}@example.com`, /longer/],
  ])('refuses %j and says what to do', (text, message) => {
    expect(() => parseTarget(text)).toThrow(
      expect.objectContaining({ code: 'bad_target', message: expect.stringMatching(message) }),
    );
  });

  it('refuses everything else with the same error, and what it takes has one line and no brackets', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.string({ maxLength: 30 }).map((rest) => `sip:${rest}@example.com`),
          fc.string({ unit: fc.constantFrom(...'+0123456789-. ()'), maxLength: 18 }).map((rest) => `tel:${rest}`),
        ),
        (text) => {
          try {
            const uri = targetUri(parseTarget(text));
            expect(uri).toMatch(/^(?:tel:\+[1-9]\d{1,14}|sip:[^\s<>"]+)$/);
          } catch (error) {
            expect(error).toBeInstanceOf(PatchbayError);
            expect(error).toMatchObject({ code: 'bad_target' });
          }
        },
      ),
    );
  });
});
