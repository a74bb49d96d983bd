import { describe, expect, it } from 'vitest';
import { base, parse, problems, ref } from './config-fixture.ts';
import { redactConfig } from './redact.ts';

const both = `
engine: freeswitch
drachtio: { host: 127.0.0.1, secret: one-of-our-own }
freeswitch:
  - { host: 127.0.0.1, secret: ${ref('FS')}, maxCalls: 20 }
  - { host: media.example.com, port: 8022, secret: ${ref('FS')}, addresses: [10.0.0.0/24] }
`;
const env = { FS: 'another-of-our-own' };

describe('engine: freeswitch', () => {
  it('has defaults for all but the hosts and secrets', () => {
    const config = parse(both + base, env);
    expect(config.engine).toBe('freeswitch');
    expect(config.drachtio).toEqual({ host: '127.0.0.1', port: 9022, secret: 'one-of-our-own' });
    expect(config.freeswitch?.[0]).toEqual({
      host: '127.0.0.1',
      port: 8021,
      secret: 'another-of-our-own',
      maxCalls: 20,
      profile: 'drachtio_mrf',
      addresses: [],
    });
    expect(config.audioSocket).toEqual({ host: '127.0.0.1', port: 8081 });
    expect(config.limits.concurrentCalls).toBe(520);
  });

  it('shows no secret', () => {
    const shown = JSON.stringify(redactConfig(parse(both + base, env)));
    expect(shown).not.toContain('of-our-own');
    expect(shown).toContain('10.0.0.0/24');
  });

  it.each([
    [
      'nothing but the word',
      'engine: freeswitch',
      [
        '1:9 engine: the engine freeswitch needs the section drachtio: where drachtio-server is',
        '1:9 engine: the engine freeswitch needs the section freeswitch: which FreeSWITCHes there are',
      ],
    ],
    [
      'the sections without the word',
      'drachtio: { host: a, secret: b }\nfreeswitch: [{ host: a, secret: b }]\naudioSocket: { port: 9 }',
      [
        '1:11 drachtio: is not used by `engine: embedded`: set `engine: freeswitch`, or remove this section',
        '2:13 freeswitch: is not used by `engine: embedded`: set `engine: freeswitch`, or remove this section',
        '3:14 audioSocket: is not used by `engine: embedded`: set `engine: freeswitch`, or remove this section',
      ],
    ],
    [
      'no server',
      `${both.replace(/freeswitch:\n.*\n.*\n/, 'freeswitch: []\n')}`,
      ['4:13 freeswitch: expected at least 1 entry'],
    ],
    [
      'ports of the embedded engine',
      `${both}sip: { port: 5060 }\nmedia: { rtpPorts: 40000-40009, timeoutMs: 5000 }`,
      [
        '7:6 sip: with `engine: freeswitch` drachtio-server listens for SIP: say there where, and remove this section',
        '8:20 media.rtpPorts: with `engine: freeswitch` FreeSWITCH carries RTP: say there where, and remove this key',
      ],
    ],
    [
      'secrets that everybody knows',
      both.replace('one-of-our-own', 'cymru').replace(ref('FS'), 'ClueCon'),
      [
        '3:38 drachtio.secret: this is the secret that the program comes with, which everybody knows: set one of your own, there and here',
        '5:32 freeswitch[0].secret: this is the secret that the program comes with, which everybody knows: set one of your own, there and here',
      ],
    ],
    [
      'a server twice',
      both.replace('media.example.com, port: 8022', '127.0.0.1'),
      ['6:5 freeswitch[1]: 127.0.0.1:8021 stands in the list twice'],
    ],
    [
      'a name where FreeSWITCH needs an address',
      `${both}audioSocket: { advertisedAddress: hub.example.com }`,
      [
        "7:35 audioSocket.advertisedAddress: expected an IPv4 address: a name would be looked up once per call, and IPv6 is not understood, found 'hub.example.com'",
      ],
    ],
    [
      'a port that is taken',
      `${both}audioSocket: { port: 8080 }`,
      ['7:22 audioSocket.port: port 8080 is taken by http.port'],
    ],
    [
      'more calls than the servers take',
      `${both}limits: { concurrentCalls: 521 }`,
      ['7:28 limits.concurrentCalls: expected at most 520: the freeswitch servers take no more together (maxCalls)'],
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(problems(text.trimStart() + base, env).map(dropFirstLine(text))).toEqual(expected);
  });
});

/** The problems as if the text began with its first line break. */
function dropFirstLine(text: string): (problem: string) => string {
  if (!text.startsWith('\n')) return (problem) => problem;
  return (problem) => problem.replace(/^\d+/, (line) => String(Number(line) + 1));
}
