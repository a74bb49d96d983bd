import { describe, expect, it } from 'vitest';
import { type Dialog, routing } from './dialogs.ts';
import { header } from './message.ts';
import { parseNextHop, resolveNextHop, type SipResolver } from './resolve.ts';

describe('routing', () => {
  const dialog = (routeSet: string[]): Dialog => ({ remoteTarget: 'sip:target@h', routeSet }) as unknown as Dialog;

  it('follows loose and strict routers (RFC 3261 12.2.1.1)', () => {
    expect(routing(dialog([]))).toEqual({ uri: 'sip:target@h', routes: [], nextHop: 'sip:target@h' });
    expect(routing(dialog(['<sip:p1;lr>', '<sip:p2>']))).toEqual({
      uri: 'sip:target@h',
      routes: [header('Route', '<sip:p1;lr>'), header('Route', '<sip:p2>')],
      nextHop: 'sip:p1;lr',
    });
    expect(routing(dialog(['<sip:p1>', '<sip:p2;lr>']))).toEqual({
      uri: 'sip:p1',
      routes: [header('Route', '<sip:p2;lr>'), header('Route', '<sip:target@h>')],
      nextHop: 'sip:p1',
    });
  });
});

describe('resolveNextHop (RFC 3263)', () => {
  const resolver: SipResolver = {
    addresses: async (host) => (host === 'sip1.example.com' ? ['192.0.2.1'] : host === 'plain' ? ['192.0.2.9'] : []),
    services: async (name) =>
      name === '_sip._tcp.example.com'
        ? [
            { name: 'down.example.com', port: 1, priority: 1, weight: 1 },
            { name: 'sip1.example.com', port: 5080, priority: 2, weight: 1 },
          ]
        : [],
  };
  const resolve = async (text: string, udpOnly = false): Promise<unknown> => {
    const target = parseNextHop(text);
    if (typeof target === 'string') throw new Error(target);
    const { hop } = await resolveNextHop(target, (transport) => !udpOnly || transport === 'udp', resolver);
    return `${hop.transport} ${hop.address} ${hop.port}`;
  };

  it.each([
    ['sip:x@192.0.2.5', 'udp 192.0.2.5 5060'],
    ['192.0.2.5:5070', 'udp 192.0.2.5 5070'],
    ['plain', 'udp 192.0.2.9 5060'],
    ['<sip:x@[2001:db8::1]:5070;transport=TCP>', 'tcp 2001:db8::1 5070'],
    ['sip:example.com;transport=tcp', 'tcp 192.0.2.1 5080'],
    ['sip:x@ignored;maddr=192.0.2.7', 'udp 192.0.2.7 5060'],
  ])('%s is %s', async (text, hop) => {
    expect(await resolve(text)).toBe(hop);
  });

  it('refuses what it cannot reach', async () => {
    await expect(resolve('sip:x@h;transport=tcp', true)).rejects.toThrow('not available: tcp');
    await expect(resolve('sip:example.org')).rejects.toThrow('cannot resolve example.org');
    await expect(resolve('sip:not a uri')).rejects.toThrow('invalid request-uri');
  });
});
