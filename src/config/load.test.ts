import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { base, connectors, parse, problems, ref } from './config-fixture.ts';
import { loadConfig } from './load.ts';
import { redactConfig } from './redact.ts';
import type { ConnectorSchemas } from './types.ts';

describe('a good configuration', () => {
  test('has all defaults filled in', () => {
    expect(parse(base)).toMatchObject({
      file: 'hub.yaml',
      http: { host: '127.0.0.1', port: 8080 },
      sip: { host: '127.0.0.1', port: 5060, transports: ['udp', 'tcp'] },
      engine: 'embedded',
      media: { host: '127.0.0.1', rtpPorts: { min: 40000, max: 40999 }, timeoutMs: 30_000 },
      dataDir: 'data',
      drainTimeoutMs: 30_000,
      log: { level: 'info', callerContent: false },
      records: { keepDays: 30, keepCalls: 100_000 },
      limits: { concurrentCalls: 500, callsPerSecond: 100, queuedDialouts: 10_000, maxQueueMs: 60_000 },
      database: {},
      bots: [
        {
          id: 'demo',
          name: 'demo',
          speech: { stt: ['local'], tts: ['local'] },
          limits: { callsPerSecond: 1, concurrentCalls: 3, maxQueueMs: 60_000 },
          settings: { retries: 2, auth: {} },
        },
      ],
      routingRules: [],
      examples: {},
      botUrls: { allowHosts: [] },
      notifications: {
        ...{ allowPrivateNetworks: false, timeoutMs: 10_000, maxAgeHours: 24, keepDays: 30, maxStreams: 100 },
        ...{ concurrent: 128, concurrentPerTarget: 8 },
      },
    });
  });

  test('without any SIP connection, or with one that allows nobody, is closed', () => {
    expect(parse('dataDir: x').sipConnections).toEqual([]);
    expect(parse('sipConnections: [{ id: a }]').sipConnections[0]?.allowFrom).toEqual([]);
  });

  test('names hosts in private networks that URLs of bots may lead to', () => {
    const allowHosts = ['localhost', 'media.lan', '127.0.0.1', '10.1.0.0/16', 'fd00::/8'];
    expect(parse(`botUrls: { allowHosts: ${JSON.stringify(allowHosts)} }`).botUrls).toEqual({ allowHosts });
    expect(parse('notifications: { allowPrivateNetworks: true }').notifications.allowPrivateNetworks).toBe(true);
  });

  test('reads rules into patterns and destinations', () => {
    const rules = `${base}routingRules:
  - { id: a, origin: { sipConnection: phones }, called: '+1555*', destination: { bot: demo } }
  - { id: b, type: call, calling: anonymous, destination: { reject: { code: 433, reason: No } } }
  - { id: c, destination: { reject: {} } }
`;
    expect(parse(rules).routingRules).toEqual([
      {
        id: 'a',
        type: 'call',
        origin: { sipConnection: 'phones' },
        calling: { kind: 'any' },
        called: { kind: 'prefix', prefix: '+1555' },
        destination: { bot: 'demo' },
      },
      {
        id: 'b',
        type: 'call',
        origin: undefined,
        calling: { kind: 'exact', number: 'anonymous' },
        called: { kind: 'any' },
        destination: { reject: { code: 433, reason: 'No' } },
      },
      {
        id: 'c',
        type: 'call',
        origin: undefined,
        calling: { kind: 'any' },
        called: { kind: 'any' },
        destination: { reject: { code: 403, reason: 'Rejected' } },
      },
    ]);
  });

  test('rules for calls that bots place, credentials and allow lists', () => {
    const config = parse(`${base}  - id: carrier
    gateways: ['sip:192.0.2.1;transport=udp']
    auth: { username: u, password: hush }
    destinations: ['+1', '+4930*', '110']
phoneNumbers: [{ number: '+15551230001', sipConnection: carrier }]
routingRules:
  - { id: out, origin: { bot: demo }, called: '+1*', destination: { sipConnection: carrier } }
  - { id: own, origin: { bot: demo }, destination: { phoneNumber: '+15551230001' } }
`);
    expect(config.routingRules).toMatchObject([
      { origin: { bot: 'demo' }, destination: { sipConnection: 'carrier' } },
      { origin: { bot: 'demo' }, destination: { phoneNumber: '+15551230001' } },
    ]);
    expect(config.sipConnections[1]).toMatchObject({
      auth: {
        username: 'u',
        password: 'hush',
        realm: 'patchbay',
        algorithms: ['MD5', 'SHA-256'],
        challengeCallers: true,
      },
      failoverTimeoutMs: 4_000,
      destinations: [
        { kind: 'prefix', prefix: '+1' },
        { kind: 'prefix', prefix: '+4930' },
        { kind: 'exact', number: '110' },
      ],
    });
    expect(config.sipConnections[0]).not.toHaveProperty('destinations');
    expect(JSON.stringify(redactConfig(config))).not.toContain('hush');
  });

  test('limits the dialouts of its bots', () => {
    const text = base.replace('- id: demo', '- id: demo\n    limits: { callsPerSecond: 5, concurrentCalls: 20 }');
    expect(parse(`${text}limits: { maxQueueMs: 5000, concurrentDialouts: 40 }`)).toMatchObject({
      limits: { concurrentDialouts: 40, queuedDialouts: 10_000 },
      bots: [{ limits: { callsPerSecond: 5, concurrentCalls: 20, maxQueueMs: 5_000 } }],
    });
  });

  test('names a database server, whose password is printed nowhere', () => {
    const urls = [
      'postgres://me:hu%40sh@db.lan:6432/calls',
      'postgresql://db/calls?user=me&password=hush&sslmode=require',
    ];
    for (const url of urls) {
      const config = parse(`database: { url: '${url}' }`);
      expect(config.database).toEqual({ url });
      const printed = JSON.stringify(redactConfig(config));
      expect(printed).toContain('/calls');
      expect(printed).not.toMatch(/hush|hu%40sh/);
    }
  });

  test('can be printed without its secrets', () => {
    const printed = JSON.stringify(redactConfig(parse(base.replace('url:', 'auth: { token: hush }\n    url:'))));
    expect(printed).toContain('"token":"***"');
    expect(printed).toContain('"127.0.0.1/32"');
    expect(printed).not.toContain('hush');
    expect(redactConfig({ url: 'postgres://me:hush@db/x', clientSecret: 'hush', tokenUrl: 'https://a' })).toEqual({
      url: 'postgres://***@db/x',
      clientSecret: '***',
      tokenUrl: 'https://a',
    });
  });
});

describe('the environment', () => {
  const withToken = (value: string) => base.replace('url:', () => `auth: { token: ${value} }\n    url:`);
  const tokenOf = (text: string, env: Record<string, string>) => parse(text, env).bots[0]?.settings;

  test('is put in, also inside braces and inside longer text', () => {
    expect(tokenOf(withToken(ref('T')), { T: 'a' })).toMatchObject({ auth: { token: 'a' } });
    expect(tokenOf(withToken(`'x-${ref('T')}-${ref('U')}'`), { T: 'a', U: 'b' })).toMatchObject({
      auth: { token: 'x-a-b' },
    });
  });

  test('cannot change the structure of the file, nor its type', () => {
    for (const T of ['a, url: http://evil', '"', '*x', '12345', 'true', ref('U')]) {
      expect(tokenOf(withToken(ref('T')), { T, U: 'no' })).toMatchObject({ auth: { token: T } });
    }
  });

  test('$$ keeps a reference as it is', () => {
    expect(tokenOf(withToken(`$${ref('T')}`), {})).toMatchObject({ auth: { token: ref('T') } });
  });

  test('gives numbers and switches where they are expected', () => {
    const config = parse(`http: { port: ${ref('PORT')} }\nlog: { callerContent: ${ref('C')} }`, {
      PORT: '8081',
      C: 'true',
    });
    expect(config.http.port).toBe(8081);
    expect(config.log.callerContent).toBe(true);
  });

  test('a missing variable is one problem, with its line', () => {
    expect(problems(`http:\n  host: ${ref('NO_SUCH')}`)).toEqual([
      '2:9 http.host: the environment variable NO_SUCH is not set',
    ]);
    expect(problems(`http: { port: ${ref('a b')} }`)[0]).toMatch(
      /^1:15 http.port: expected the name of an environment/,
    );
  });

  test('its values are shown to nobody', () => {
    expect(problems(`http: { port: ${ref('P')} }`, { P: 'hush' })).toEqual([
      '1:15 http.port: expected a number, found something else (not shown here)',
    ]);
    expect(problems(`examples: { demoBot: { token: 'hush hush' } }`).join()).not.toContain('hush');
  });

  test('comments are left alone', () => {
    expect(problems(`dataDir: x # ${ref('NO_SUCH')}`)).toEqual([]);
  });
});

describe('the configurations that ship', () => {
  const shipped: ConnectorSchemas = { ...connectors, botParameters: z.record(z.string(), z.unknown()) };
  const load = (name: string, env: Record<string, string> = {}) =>
    loadConfig(new URL(`../../config/${name}`, import.meta.url).pathname, env, { load: async () => shipped });

  test('hub.yaml is for this machine only, and its demo bot has its token', async () => {
    const config = await load('hub.yaml');
    for (const { host } of [config.http, config.sip, config.media]) expect(host).toBe('127.0.0.1');
    expect(config.examples.demoBot).toMatchObject({ host: '127.0.0.1', port: 8090 });
    expect(config.bots[0]?.settings).toMatchObject({
      url: `http://127.0.0.1:${config.examples.demoBot?.port}/bot`,
      auth: { token: config.examples.demoBot?.token },
    });
  });

  test('trunk.yaml', async () => {
    const config = await load('trunk.yaml', { TRUNK_BOT_TOKEN: 't' });
    expect(config.sipConnections.map(({ id }) => id)).toEqual(['carrier', 'pbx']);
    expect(config.http.host).toBe('127.0.0.1');
  });

  test('your-own-bot.yaml', async () => {
    expect((await load('your-own-bot.yaml', { BOT_TOKEN: 't' })).bots[0]?.id).toBe('mine');
  });

  test('every setting that hub.yaml mentions in its last comment exists', async () => {
    const text = readFileSync(new URL('../../config/hub.yaml', import.meta.url), 'utf8');
    const [, comment] = text.split(/^# ---- What else can be set.*$/m);
    const yaml = comment?.replaceAll(/^# ?/gm, '') ?? '';
    expect(yaml).toContain('drainTimeoutMs');
    expect(problems(yaml)).toEqual([]);
  });
});
