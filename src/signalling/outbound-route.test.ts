import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUser, gatewayRoute, inviteHeaders, isAtGateway } from './outbound-route.ts';
import { parseNameAddr, userAndHost } from './sip-headers.ts';

describe('gatewayRoute', () => {
  it.each([
    ['sip:192.0.2.1', 'sip:+49301@192.0.2.1;user=phone'],
    ['sip:192.0.2.1:5070;transport=udp', 'sip:+49301@192.0.2.1:5070;transport=udp;user=phone'],
    ['sip:trunk@carrier.example;transport=TCP;lr', 'sip:+49301@carrier.example;transport=tcp;user=phone'],
    ['sip:[2001:db8::1]:5060', 'sip:+49301@[2001:db8::1]:5060;user=phone'],
  ])('by %s', (gateway, uri) => {
    expect(gatewayRoute(gateway, '+49301', true)).toEqual({ gateway, uri, proxy: gateway });
  });

  it('a user never becomes anything but a user', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (user) => {
        const { uri } = gatewayRoute('sip:gw.example:5060', user, false);
        expect(uri).toMatch(/^sip:[^@\s<>":]+@gw\.example:5060$/);
        expect(decodeURIComponent(escapeUser(user))).toBe(user);
        if (!user.includes(';')) expect(userAndHost(uri)).toEqual({ user, host: 'gw.example' });
      }),
    );
  });
});

it.each([
  ['sip:a@gw.example', true],
  ['sip:a@GW.example:5070', true],
  ['sip:a@gw.example:5060', false],
  ['sip:a@other.example', false],
])('%s is at the gateway sip:gw.example:5070: %s', (uri, expected) => {
  expect(isAtGateway(uri, 'sip:gw.example:5070;transport=udp')).toBe(expected);
});

describe('inviteHeaders', () => {
  const caller = { user: '+15551230001', host: 'hub.example', displayName: 'A "B"' };
  const to = 'sip:+49301@gw.example;transport=udp;user=phone';

  it('names the caller, and asserts it where the other side knows us', () => {
    const { headers } = inviteHeaders({ caller, to, asserted: true, extra: [] });
    expect(headers).toMatchObject({
      From: '"A \\"B\\"" <sip:+15551230001@hub.example>',
      To: '<sip:+49301@gw.example;user=phone>',
      'P-Asserted-Identity': '<sip:+15551230001@hub.example>',
    });
    expect(inviteHeaders({ caller, to, asserted: false, extra: [] }).headers).not.toHaveProperty('P-Asserted-Identity');
    const name = { ...caller, user: 'reception' };
    expect(inviteHeaders({ caller: name, to, asserted: true, extra: [] }).headers).not.toHaveProperty(
      'P-Asserted-Identity',
    );
  });

  it('nobody in particular', () => {
    const { headers } = inviteHeaders({
      caller: { ...caller, user: '', displayName: undefined },
      to,
      asserted: true,
      extra: [],
    });
    expect(headers.From).toBe('"Anonymous" <sip:anonymous@anonymous.invalid>');
  });

  it("takes the dialer's header fields but for those that SIP needs itself", () => {
    const { headers, refused } = inviteHeaders({
      ...{ caller, to, asserted: true },
      extra: [
        { name: 'X-Campaign', value: 'spring' },
        { name: 'p-asserted-identity', value: '<sip:other@hub.example>' },
        { name: 'From', value: 'x' },
        { name: 'X-Bad', value: 'a\r\nVia: b' },
      ],
    });
    expect(refused).toEqual(['From', 'X-Bad']);
    expect(headers).toMatchObject({ 'X-Campaign': 'spring', 'p-asserted-identity': '<sip:other@hub.example>' });
    expect(headers).not.toHaveProperty('P-Asserted-Identity');
  });

  it('no caller id and no name breaks out of From', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string({ unit: 'binary' }), (user, host, displayName) => {
        const { headers } = inviteHeaders({ caller: { user, host, displayName }, to, asserted: true, extra: [] });
        expect(headers.From).not.toMatch(/[\r\n]/);
        const parsed = parseNameAddr(headers.From ?? '');
        expect(parsed.uri).toMatch(/^sip:[^<>\s"]+$/);
      }),
    );
  });
});
