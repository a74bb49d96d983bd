import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base, connectors, parse, problems, ref } from './config-fixture.ts';
import { loadConfig, loadConfigText } from './load.ts';
import type { ConnectorNames } from './types.ts';

describe('a wrong configuration', () => {
  test.each([
    ['an unknown section', 'htpp: {}', "1:1 htpp: unknown key 'htpp' (did you mean 'http'?)"],
    ['an unknown key', 'http: { prot: 1 }', "1:9 http.prot: unknown key 'prot' (did you mean 'port'?)"],
    [
      'another spelling',
      'media: { rtp-ports: 1 }',
      "1:10 media.rtp-ports: unknown key 'rtp-ports' (did you mean 'rtpPorts'?)",
    ],
    [
      'a host name to bind',
      'sip: { host: pbx.example }',
      "1:14 sip.host: expected an IP address of this machine, or localhost, found 'pbx.example'",
    ],
    ['a port out of range', 'http: { port: 70000 }', '1:15 http.port: expected at most 65535, found 70000'],
    ['a port that is text', 'http: { port: many }', "1:15 http.port: expected a number, found 'many'"],
    [
      'a URL where a host is expected',
      "botUrls: { allowHosts: ['http://media.lan/'] }",
      "1:25 botUrls.allowHosts[0]: expected a host name, an IP address, or a block of addresses such as 10.1.0.0/16, found 'http://media.lan/'",
    ],
    [
      'a block with host bits',
      'botUrls: { allowHosts: [10.1.0.1/16] }',
      "1:25 botUrls.allowHosts[0]: expected a host name, an IP address, or a block of addresses such as 10.1.0.0/16, found '10.1.0.1/16'",
    ],
    ['no transport', 'sip: { transports: [] }', '1:20 sip.transports: expected at least 1 entry'],
    ['TLS', 'sip: { transports: [tls] }', '1:21 sip.transports[0]: SIP over TLS: not available yet in this version'],
    [
      'an unknown engine',
      'engine: embeded',
      "1:9 engine: expected embedded or freeswitch (did you mean 'embedded'?), found 'embeded'",
    ],
    [
      'a database server with a password that is not encoded',
      'database: { url: "postgres://me:hu/sh@db/x" }',
      '1:18 database.url: expected a URL such as postgres://user:password@host:5432/database, special characters in it percent-encoded (not shown here)',
    ],
    [
      'the secret of an API client instead of its hash',
      'apiClients: [{ id: x, secretHash: hush, groups: [monitor] }]',
      '1:35 apiClients[0].secretHash: expected sha256: and 64 hexadecimal digits (`patchbay client create ID --print` makes one), found something else (not shown here)',
    ],
    [
      'a group that is not there',
      `apiClients: [{ id: x, secretHash: 'sha256:${'a'.repeat(64)}', groups: [callcontrol] }]`,
      "1:119 apiClients[0].groups[0]: expected callControl or callDataManager or monitor or administrator (did you mean 'callControl'?), found 'callcontrol'",
    ],
    [
      'two API clients of one id',
      `apiClients:\n${`  - { id: x, secretHash: 'sha256:${'a'.repeat(64)}', groups: [monitor] }\n`.repeat(2)}`,
      "3:11 apiClients[1].id: 'x' is taken: line 2 declares it too",
    ],
    [
      'an odd first port',
      'media: { rtpPorts: 40001-40999 }',
      "1:20 media.rtpPorts: expected a range that begins with an even port, such as 40002-40999, found '40001-40999'",
    ],
    ['one port', 'media: { rtpPorts: 40000 }', '1:20 media.rtpPorts: expected text (put it in quotes), found 40000'],
    [
      'a reversed range',
      'media: { rtpPorts: 40000-39000 }',
      "1:20 media.rtpPorts: expected a range that ends above its beginning, with two ports at least, found '40000-39000'",
    ],
    [
      'too few ports',
      'media: { rtpPorts: 40000-40019 }\nlimits: { concurrentCalls: 11 }',
      '2:28 limits.concurrentCalls: expected at most 10: media.rtpPorts has 20 ports and a call needs two',
    ],
    ['a time out of bounds', 'media: { timeoutMs: 10 }', '1:21 media.timeoutMs: expected at least 1000, found 10'],
    ['a time with a unit', 'drainTimeoutMs: 30s', "1:17 drainTimeoutMs: expected a number, found '30s'"],
    [
      'an address nobody knows',
      'media: { host: 0.0.0.0 }',
      '1:16 media.host: with 0.0.0.0 the hub cannot know which address callers should send to: set media.advertisedAddress too',
    ],
    ['SIP among the RTP ports', 'sip: { port: 40002 }', '1:14 sip.port: port 40002 lies in media.rtpPorts'],
    [
      'a port used twice',
      'examples: { demoBot: { port: 8080 } }',
      '1:30 examples.demoBot.port: port 8080 is taken by http.port',
    ],
    [
      'host bits',
      'sipConnections: [{ id: a, allowFrom: [10.1.2.3/8] }]',
      "1:39 sipConnections[0].allowFrom[0]: expected the first address of the block, 10.0.0.0/8, found '10.1.2.3/8'",
    ],
    [
      'a gateway over TLS',
      "sipConnections: [{ id: a, gateways: ['sip:a.example;transport=tls'] }]",
      '1:38 sipConnections[0].gateways[0]: gateways over TLS: not available yet in this version',
    ],
    [
      'a gateway over what the hub does not speak',
      "sip: { transports: [udp] }\nsipConnections: [{ id: a, gateways: ['sip:a.example;transport=tcp'] }]",
      '2:38 sipConnections[0].gateways[0]: the gateway wants TCP, which sip.transports does not name',
    ],
    [
      'digest',
      'sipConnections: [{ id: a, auth: { username: u } }]',
      '1:33 sipConnections[0].auth.password: missing: expected text',
    ],
    [
      'no list',
      'bots: demo',
      '1:7 bots: expected a list: each entry on lines of its own, the first with a dash before it',
    ],
    ['a missing id', 'sipConnections: [{ allowFrom: [] }]', '1:18 sipConnections[0].id: missing: expected text'],
    [
      'a number without quotes',
      'phoneNumbers: [{ number: +15551230001, sipConnection: a }]',
      '1:26 phoneNumbers[0].number: expected text (put it in quotes), found 15551230001',
    ],
    ['an empty file', '# nothing', '1:1 : the file is empty'],
    ['a file that is a list', '- a', '1:1 : expected a group of keys such as http, sip, bots'],
    [
      'a duplicate key',
      'dataDir: a\ndataDir: b',
      '2:1 : not valid YAML: this key stands here twice (Map keys must be unique)',
    ],
    [
      'an unquoted star',
      'routingRules: [{ called: * }]',
      "1:26 : not valid YAML: a value that begins with * must be quoted: '*' (Alias cannot be an empty string)",
    ],
    [
      'a vendor that is not there',
      'speechServices: [{ id: g, vendor: google }]',
      "1:35 speechServices[0].vendor: the speech vendor 'google' is not available in this version; available: local, ears",
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text)[0]).toBe(expected);
  });

  test.each([
    [
      'of a bot',
      `${base}routingRules: [{ id: a, destination: { bot: dmeo } }]`,
      "there is no bot 'dmeo' (did you mean 'demo'?)",
    ],
    [
      'of a SIP connection',
      `${base}routingRules: [{ id: a, origin: { sipConnection: pbx }, destination: { bot: demo } }]`,
      "there is no SIP connection 'pbx'; declared: phones",
    ],
    [
      'of a phone number',
      `${base}routingRules: [{ id: a, origin: { phoneNumber: '+15' }, destination: { bot: demo } }]`,
      "there is no phone number '+15'; none is declared",
    ],
    [
      'of a speech service',
      base.replace('stt: local', 'stt: lokal'),
      "there is no speech service 'lokal' (did you mean 'local'?)",
    ],
    [
      'to a service that cannot do it',
      base.replace('vendor: local', 'vendor: ears'),
      "speech service 'local' (ears) offers no text to speech",
    ],
    [
      'from a number',
      `${base}phoneNumbers: [{ number: '+15', sipConnection: pbx }]`,
      "there is no SIP connection 'pbx'; declared: phones",
    ],
  ])('a wrong reference %s', (_, text, message) => {
    expect(problems(text)).toEqual([expect.stringContaining(message)]);
  });

  test('a bot needs a service for the speech that it does not do itself', () => {
    const silent = base.replace(', tts: [local]', '');
    expect(problems(silent)).toEqual(['8:13 bots[0].speech: tts is missing: expected the id of a speech service']);
    const speaks = silent.replace('connector: ac-bot-api', 'connector: ac-bot-api\n    speaks: true');
    expect(parse(speaks).bots[0]?.speech).toEqual({ stt: ['local'], tts: [], warmUp: [] });
  });

  test('an order of fallback is kept; a service stands in it once', () => {
    const two = base.replace('bots:', '  - { id: other, vendor: local }\nbots:');
    expect(parse(two.replace('stt: local', 'stt: [other, local]')).bots[0]?.speech.stt).toEqual(['other', 'local']);
    expect(problems(two.replace('stt: local', 'stt: [local, local]'))).toEqual([
      '9:20 bots[0].speech.stt: a speech service stands twice in the order',
    ]);
  });

  test('duplicate ids name the earlier line', () => {
    expect(
      problems(
        `${base}routingRules:\n  - { id: a, destination: { bot: demo } }\n  - { id: a, destination: { bot: demo } }`,
      ),
    ).toEqual(["13:11 routingRules[1].id: 'a' is taken: line 12 declares it too"]);
  });

  test.each([
    ['a bot', '{ bot: demo }', 'a call that a bot places goes to a sipConnection or a phoneNumber'],
    ['gateways that do not exist', '{ sipConnection: phones }', "SIP connection 'phones' has no gateways"],
    ['a number of nobody', "{ phoneNumber: '+15' }", "there is no phone number '+15'; none is declared"],
  ])('a bot cannot call %s', (_, destination, message) => {
    const rule = `{ id: a, origin: { bot: demo }, destination: ${destination} }`;
    expect(problems(`${base}routingRules: [${rule}]`)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['destination: { bot: demo }', 'a transfer goes to a sipConnection or a phoneNumber'],
    ["origin: { phoneNumber: '+15' }, destination: { reject: {} }", 'a transfer is asked for by a bot'],
  ])('a transfer rule: %s', (rest, message) => {
    expect(problems(`${base}routingRules: [{ id: a, type: transfer, ${rest} }]`)).toContainEqual(
      expect.stringContaining(message),
    );
  });

  test('an allow list says what it means', () => {
    expect(problems("sipConnections: [{ id: a, destinations: ['+1', '+4930'] }]")).toEqual([
      expect.stringContaining(
        "destinations[1]: expected a country code, a whole number, or a beginning with a star: '+4930*'",
      ),
    ]);
  });

  test('a rule has one destination', () => {
    const message = 'expected exactly one of bot, reject, sipConnection, phoneNumber, routingGroup';
    expect(problems(`${base}routingRules: [{ id: a, destination: {} }]`)).toEqual([expect.stringContaining(message)]);
    expect(problems(`${base}routingRules: [{ id: a, destination: { bot: demo, reject: {} } }]`)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test('a reason phrase cannot smuggle in header fields', () => {
    expect(problems(`${base}routingRules: [{ id: a, destination: { reject: { reason: "x\\r\\nVia: y" } } }]`)).toEqual([
      expect.stringContaining("expected one line of text, found 'x\\r\\nVia: y'"),
    ]);
  });

  test("a connector's fields are checked by the connector, and unknown ones are nobody's", () => {
    expect(problems(base.replace('url: http', 'ulr: http'))).toEqual([
      '5:5 bots[0].url: missing: expected text',
      "7:5 bots[0].ulr: unknown key 'ulr' (did you mean 'url'?)",
    ]);
    expect(problems(base.replace('vendor: local', 'vendor: local, voice: sltt'))).toEqual([
      "3:40 speechServices[0].voice: expected slt or rms (did you mean 'slt'?), found 'sltt'",
    ]);
    expect(problems(base.replace('url:', 'parameters: { bargeIn: 1 }\n    url:'))).toEqual([
      '7:28 bots[0].parameters.bargeIn: expected true or false, found 1',
    ]);
  });

  test('tells everything at once, in the order of the file', () => {
    const found = problems(
      'http: { port: x }\nsip: { prot: 1 }\nengine: none\nbots: [{ id: a, speech: { stt: nobody } }]',
    );
    expect(found.map((problem) => problem.split(' ')[1])).toEqual([
      'http.port:',
      'sip.prot:',
      'engine:',
      'bots[0].connector:',
      'bots[0].speech.stt:',
    ]);
  });

  test('the message is for a terminal', () => {
    expect(() => parse('http: { port: x }\nengin: y')).toThrow(
      `The configuration in hub.yaml cannot be used: 2 problems.

  hub.yaml:1:15  http.port
      expected a number, found 'x'
  hub.yaml:2:1  engin
      unknown key 'engin' (did you mean 'engine'?)`,
    );
  });

  test('a file that is not there', async () => {
    const registry = { load: async () => connectors };
    await expect(loadConfig('/no/such/hub.yaml', {}, registry)).rejects.toMatchObject({ code: 'config_unreadable' });
  });

  test('a connector that is not there, with the names of all, also of those that are not loaded', async () => {
    const wanted: ConnectorNames[] = [];
    const names = { bots: ['ac-bot-api', 'zebra'], speech: ['local', 'ears', 'yodel'] };
    const registry = {
      load: async (named: ConnectorNames) => {
        wanted.push(named);
        return { ...connectors, names };
      },
    };
    const text = `speechServices: [{ id: a, vendor: yodle }, { id: b, vendor: local }]
bots: [{ id: x, connector: nothing }, { id: y, connector: ac-bot-api }, { id: z, connector: 7 }]`;
    await expect(loadConfigText(text, 'hub.yaml', {}, registry)).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({
          path: 'speechServices[0].vendor',
          message: "the speech vendor 'yodle' is not available in this version (did you mean 'yodel'?)",
        }),
        expect.objectContaining({
          path: 'bots[0].connector',
          message: "the bot connector 'nothing' is not available in this version; available: ac-bot-api, zebra",
        }),
      ]),
    });
    expect(wanted).toEqual([{ bots: ['nothing', 'ac-bot-api'], speech: ['yodle', 'local'] }]);
  });

  test('no text makes it fail in another way than with a ConfigError', () => {
    const key = fc.constantFrom(
      'http',
      'sip',
      'media',
      'bots',
      'routingRules',
      'sipConnections',
      'limits',
      'x',
      '__proto__',
      'constructor',
    );
    const value = fc.oneof(fc.json(), fc.string(), fc.constant(ref('X')));
    const line = fc.tuple(key, value).map(([name, text]) => `${name}: ${text}`);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          problems(text, { X: '1' });
        },
      ),
      { numRuns: 300 },
    );
  });
});
