import { describe, expect, test } from 'vitest';
import { allConnectorSchemas } from '../hub/testing-connectors.ts';
import { parse, problems } from './config-fixture.ts';
import { parseConfig } from './load.ts';

const connectorSchemas = await allConnectorSchemas();

/** hub.yaml with these bots; every line is `id`, `base`, parameters. */
function bots(...entries: readonly (readonly [id: string, base: string | undefined, parameters: object])[]): string {
  const lines = entries.map(([id, base, parameters]) =>
    JSON.stringify({
      id,
      ...(base === undefined ? {} : { base }),
      connector: 'ac-bot-api',
      url: 'http://127.0.0.1:8090/bot',
      speech: { stt: 'local', tts: 'local' },
      parameters,
    }),
  );
  return `speechServices: [{ id: local, vendor: local }]\nbots:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
}

const parametersOf = (text: string) => parse(text).bots.map(({ id, parameters }) => [id, parameters]);

describe('a bot that is based on another', () => {
  test('has its parameters as far as it has none of its own, through any number of bases and in any order', () => {
    const text = bots(
      ['c', 'b', { language: 'fr' }],
      ['b', 'a', { bargeIn: false, voice: 'v' }],
      ['a', undefined, { bargeIn: true, language: 'en', greeting: 'x' }],
      ['alone', undefined, { language: 'it' }],
    );
    expect(parametersOf(text)).toEqual([
      ['c', { bargeIn: false, voice: 'v', language: 'fr', greeting: 'x' }],
      ['b', { bargeIn: false, voice: 'v', language: 'en', greeting: 'x' }],
      ['a', { bargeIn: true, language: 'en', greeting: 'x' }],
      ['alone', { language: 'it' }],
    ]);
  });

  test('a base that is not there is named', () => {
    expect(problems(bots(['a', 'standart', {}], ['standard', undefined, {}]))).toEqual([
      "3:22 bots[0].base: there is no bot 'standart' (did you mean 'standard'?)",
    ]);
  });

  test.each([
    [[['a', 'a', {}]], ['a -> a']],
    [
      [
        ['a', 'b', {}],
        ['b', 'c', {}],
        ['c', 'b', {}],
      ],
      ['a -> b -> c -> b', 'b -> c -> b', 'c -> b -> c'],
    ],
  ] as const)('%j would go round in a circle', (entries, circles) => {
    expect(problems(bots(...entries))).toEqual(circles.map((ids) => expect.stringMatching(`in a circle: ${ids}$`)));
  });

  test('what contradicts only together is refused at the bot that inherits', () => {
    expect(problems(bots(['a', undefined, { language: 'de' }], ['b', 'a', { bargeIn: true }]))).toEqual([
      expect.stringMatching(/^4:\d+ bots\[1\]\.base: with what comes from 'a', parameters\.bargeIn: not in German$/),
    ]);
  });
});

test('the lists of a bot come before those of its base', () => {
  const text = bots(
    ['base', undefined, { botEventsBlacklist: ['hangup'], botParametersWhitelist: ['bargeIn'], bargeIn: true }],
    ['same', 'base', {}],
    ['own', 'base', { botEventsWhitelist: ['transfer'], botParametersWhitelist: ['language'] }],
  );
  const parsed = parseConfig(text, 'hub.yaml', {}, connectorSchemas).bots;
  expect(parsed.slice(1).map(({ parameters }) => parameters)).toEqual([
    { botEventsBlacklist: ['hangup'], botParametersWhitelist: ['bargeIn'], bargeIn: true },
    { botEventsWhitelist: ['transfer'], botParametersWhitelist: ['language'], bargeIn: true },
  ]);
});

test('parameters of base and bot that contradict each other keep the hub from starting', () => {
  const text = bots(['base', undefined, { sendDTMF: false }], ['keys', 'base', { dtmfCollect: true }]);
  expect(() => parseConfig(text, 'hub.yaml', {}, connectorSchemas)).toThrow(
    /dtmfCollect: has no effect while sendDTMF/,
  );
});
