import { describe, expect, test } from 'vitest';
import { connectors as schemas } from './config-fixture.ts';
import { ConfigError } from './errors.ts';
import { parseConfig } from './load.ts';

const base = `
speechServices: [{ id: local, vendor: local }]
bots: [{ id: demo, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }]
sipConnections:
  - { id: pbx, gateways: ['sip:192.0.2.1'] }
  - { id: deaf }
phoneNumbers: [{ number: '+15551230001', sipConnection: pbx }]
`;

function problems(text: string): string[] {
  try {
    parseConfig(base + text, 'hub.yaml', {}, schemas);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('routing groups', () => {
  test('are read with their defaults', () => {
    const config = parseConfig(
      `${base}
routingGroups:
  - id: sales
    failOn: [busy, 503]
    destinations:
      - { sipConnection: pbx, called: '200' }
      - { priority: 2, phoneNumber: '+15551230001', called: [{ from: '0*', to: '+49*' }], ringTimeoutMs: 5000 }
      - { priority: 3, bot: demo }
routingRules:
  - { id: in, origin: { sipConnection: pbx }, destination: { routingGroup: sales }, rewrite: { calling: '+1555' } }`,
      'hub.yaml',
      {},
      schemas,
    );
    expect(config.routingGroups).toMatchObject([
      {
        id: 'sales',
        strategy: 'priority',
        failOn: ['busy', 503],
        destinations: [
          {
            priority: 1,
            target: { sipConnection: 'pbx' },
            rewrite: { called: [{ to: { text: '200', fixed: true } }] },
          },
          { priority: 2, target: { phoneNumber: '+15551230001' }, ringTimeoutMs: 5000 },
          { priority: 3, target: { bot: 'demo' } },
        ],
      },
    ]);
    expect(config.routingRules[0]).toMatchObject({
      destination: { routingGroup: 'sales' },
      rewrite: { calling: [{ from: { kind: 'any' }, to: { text: '+1555', fixed: true } }] },
    });
    expect(config.forwarding).toEqual({ ringTimeoutMs: 60_000, maxHops: 20 });
  });

  test.each([
    ['nobody in it', '{ id: a, destinations: [] }', /routingGroups\[0\]\.destinations: .*at least 1/],
    [
      'two targets',
      '{ id: a, destinations: [{ bot: demo, sipConnection: pbx }] }',
      /exactly one of sipConnection, phoneNumber, bot, routingGroup/,
    ],
    ['a bot of nobody', '{ id: a, destinations: [{ bot: dmeo }] }', /there is no bot 'dmeo' \(did you mean 'demo'/],
    ['a group of nobody', '{ id: a, destinations: [{ routingGroup: b }] }', /there is no routing group 'b'/],
    ['nowhere to call', '{ id: a, destinations: [{ sipConnection: deaf }] }', /'deaf' has no gateways/],
    ['itself', '{ id: a, destinations: [{ routingGroup: a }] }', /leads back to itself: a -> a/],
    ['a bot first', '{ id: a, destinations: [{ bot: demo }, { sipConnection: pbx }] }', /never tried/],
    [
      'a bot beside a phone',
      '{ id: a, strategy: simultaneous, destinations: [{ sipConnection: pbx }, { bot: demo }] }',
      /answers at once/,
    ],
    ['an unknown cause', '{ id: a, failOn: [bussy], destinations: [{ bot: demo }] }', /failOn\[0\]/],
    ['a status that is none', '{ id: a, failOn: [200], destinations: [{ bot: demo }] }', /failOn\[0\]/],
    [
      'a star that stands for nothing',
      "{ id: a, destinations: [{ sipConnection: pbx, called: [{ from: '1', to: '2*' }] }] }",
      /has none that it could stand for/,
    ],
  ])('%s', (_, group, message) => {
    expect(problems(`routingGroups: [${group}]`)).toEqual([expect.stringMatching(message)]);
  });

  test('groups that lead to each other, and not those that lead there', () => {
    const groups = [
      '{ id: a, destinations: [{ routingGroup: b }] }',
      '{ id: b, destinations: [{ sipConnection: pbx }, { routingGroup: a }] }',
      '{ id: c, destinations: [{ routingGroup: a }] }',
    ];
    expect(problems(`routingGroups: [${groups.join(', ')}]`)).toEqual([
      'routingGroups[0]: the group leads back to itself: a -> b -> a',
      'routingGroups[1]: the group leads back to itself: b -> a -> b',
    ]);
  });

  test('one call does not set off a hundred', () => {
    const ten = Array.from({ length: 10 }, () => '{ sipConnection: pbx }').join(', ');
    const four = Array.from({ length: 4 }, () => '{ routingGroup: ten }').join(', ');
    expect(
      problems(`routingGroups: [{ id: ten, destinations: [${ten}] }, { id: all, destinations: [${four}] }]`),
    ).toEqual([expect.stringContaining('routingGroups[1]: one call would set off up to 40 others')]);
  });

  test('a bot at the end of a group within a group', () => {
    const groups =
      '{ id: night, destinations: [{ bot: demo }] }, { id: a, destinations: [{ routingGroup: night }, { sipConnection: pbx }] }';
    expect(problems(`routingGroups: [${groups}]`)).toEqual([expect.stringContaining('never tried')]);
  });
});

describe('rules', () => {
  const withGroup = (rule: string) =>
    problems(`routingGroups: [{ id: g, destinations: [{ bot: demo }] }]\nroutingRules: [${rule}]`);

  test.each([
    ['{ id: a, destination: { sipConnection: pbx } }', /name the origin/],
    ['{ id: a, destination: { routingGroup: g } }', /name the origin/],
    ['{ id: a, origin: { bot: demo }, destination: { routingGroup: g } }', /a call that a bot places goes to/],
    ['{ id: a, type: transfer, destination: { routingGroup: g } }', /goes to people: group 'g' has a bot in it/],
    ['{ id: a, origin: { sipConnection: pbx }, destination: { routingGroup: h } }', /no routing group 'h'/],
  ])('%s', (rule, message) => {
    expect(withGroup(rule)).toEqual([expect.stringMatching(message)]);
  });

  test('that lead out from where they name', () => {
    expect(
      withGroup('{ id: a, origin: { sipConnection: pbx }, destination: { phoneNumber: "+15551230001" } }'),
    ).toEqual([]);
    expect(withGroup('{ id: a, type: transfer, destination: { sipConnection: pbx } }')).toEqual([]);
  });
});

describe('block lists', () => {
  test('are read with their defaults', () => {
    const { callBlockLists } = parseConfig(
      `${base}callBlockLists: [{ id: spam, numbers: ['+44*'] }]`,
      'hub.yaml',
      {},
      schemas,
    );
    expect(callBlockLists).toMatchObject([{ id: 'spam', reject: { code: 603, reason: 'Decline' } }]);
  });

  test.each([
    ['{ id: a, numbers: [] }', /at least 1/],
    ["{ id: a, numbers: ['1*2'] }", /only at the end/],
    ["{ id: a, numbers: ['1'], sipConnections: [pxb] }", /no SIP connection 'pxb'/],
    ["{ id: a, numbers: ['1'], reject: { code: 200 } }", /400/],
  ])('%s', (list, message) => {
    expect(problems(`callBlockLists: [${list}]`)).toEqual([expect.stringMatching(message)]);
  });
});
