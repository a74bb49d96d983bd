import { expect, test } from 'vitest';
import { ScenarioError } from './errors.ts';
import { parseScenario, scenarioFiles } from './load.ts';

const head = 'title: a test\nbot:\n  rules:\n    - { on: start }\n';

function problems(text: string): string {
  try {
    parseScenario(text, 'folder/a.yaml', {});
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  return '';
}

test('defaults, the name from the file, WAV files beside it', () => {
  const scenario = parseScenario(
    `${head}caller:\n  - { wav: clip.wav }\n  - { interrupt: { wav: b.wav } }\n`,
    '/x/p01.yaml',
    {},
  );
  expect(scenario).toMatchObject({ name: 'p01', title: 'a test', language: 'en-US', expect: [], linger_ms: 400 });
  expect(scenario.call).toEqual({ from: 'caller', headers: {}, timeout_ms: 40_000 });
  expect(scenario.caller.map((step) => step.wav ?? step.interrupt?.wav)).toEqual(['/x/clip.wav', '/x/b.wav']);
  expect(scenario.caller[1]?.interrupt?.after_ms).toBe(800);
});

test.each([
  [
    'a step with two kinds',
    'caller:\n  - { say: hello, wait: 5 }\n',
    /a\.yaml:6:5 {2}caller\[0\]\n +expected exactly one of say, .*found say and wait/,
  ],
  [
    'a step with none',
    'caller:\n  - { now: true }\n',
    /a\.yaml:6:5 {2}caller\[0\]\n +expected exactly one of say, .*found none/,
  ],
  ['an unknown key', 'caller:\n  - { says: hello }\n', /a\.yaml:6:7 {2}caller\[0\]\.says\n +unknown key 'says'.*say/],
  ['a wrong key press', 'caller:\n  - { dtmf: 1x }\n', /a\.yaml:6:13 {2}caller\[0\]\.dtmf\n +expected .*keys/],
  [
    'a bad regular expression',
    'expect:\n  - { understood: { matches: "(" } }\n',
    /a\.yaml:6:\d+ {2}expect\[0\]\.understood/,
  ],
  ['an unknown expectation', 'expect:\n  - { heart: speech }\n', /expect\[0\]\.heart\n +unknown key 'heart'/],
  [
    'absent and within',
    'expect:\n  - { heard: speech, absent: true, within_ms: 5 }\n',
    /`absent` goes with `after_ms` and `for_ms`/,
  ],
  ['a time that has no meaning', 'expect:\n  - { record: {}, within_ms: 5 }\n', /`within_ms` does not go with this/],
  [
    'stops without a time',
    'caller:\n  - { say: a, expect: [{ heard: { stops: true } }] }\n',
    /`stops` needs `within_ms`/,
  ],
  [
    'a tone with a length and a time',
    'expect:\n  - { heard: { tone: { hz: 700, ms: { min: 1 } } }, within_ms: 5 }\n',
    /write `for_ms`/,
  ],
  [
    'a tone of a length that is absent',
    'expect:\n  - { heard: { tone: { hz: 700, ms: { min: 1 } } }, absent: true }\n',
    /`absent` goes with/,
  ],
  ['an anchor without a step', 'expect:\n  - { heard: speech, from: speechEnd }\n', /`speechEnd` needs a step/],
  [
    'steps after the end',
    'caller:\n  - { hangUp: true }\n  - { wait: 5 }\n',
    /a\.yaml:7:5 {2}caller\.1\n +nothing can follow `hangUp`/,
  ],
  ['steps on a dead line', 'caller:\n  - { vanish: true }\n  - { wait: 5 }\n', /only `await: end` can follow `vanish`/],
  ['no YAML', 'caller: [\n', /a\.yaml:\d+:\d+\n +not valid YAML/],
])('%s is told with its place', (_, text, message) => {
  expect(problems(head + text)).toMatch(message);
});

test.each([
  ['neither bot nor rules', 'title: x\nbot: {}\n', /expected url or rules/],
  ['both', 'title: x\nbot: { url: "http://127.0.0.1:1", rules: [{ on: start }] }\n', /expected url or rules/],
  [
    'reply and fail',
    'title: x\nbot: { rules: [{ on: start, fail: drop, reply: [{ say: a }] }] }\n',
    /expected reply or fail/,
  ],
  ['no title', 'bot: { rules: [{ on: start }] }\n', /title\n +missing: expected text/],
  ['an unknown section of the hub', 'title: x\nhub: { sip: {} }\nbot: { rules: [{ on: start }] }\n', /hub/],
])('%s', (_, text, message) => {
  expect(problems(text)).toMatch(message);
});

test('every problem of a file is told at once', () => {
  expect(problems(`${head}caller:\n  - { wait: -5 }\n  - { say: "" }\n`)).toContain('2 problems');
});

test('a file or folder that is not there is told', () => {
  expect(() => scenarioFiles(['/nowhere/at/all'])).toThrow(/\/nowhere\/at\/all:1:1[\s\S]*cannot be read/);
});

const botProblems = (bot: object) => problems(`title: a test\nbot: ${JSON.stringify(bot)}\n`);
const start = { on: 'start' };

test.each([
  [{}, /expected url or rules/],
  [{ url: 'http://127.0.0.1/', rules: [start] }, /expected url or rules/],
  [{ rules: [start], directSTT: true }, /bot\.directSTT\n +`directSTT` needs `transport: websocket`/],
  [{ url: 'http://127.0.0.1/', directTTS: true }, /`directTTS` needs/],
  [{ rules: [start], resumes: true }, /`resumes` needs/],
  [{ rules: [{ on: 'speech' }], transport: 'websocket' }, /bot\.rules\[0\]\.on\n +`speech` needs `directSTT`/],
  [{ rules: [{ on: 'start', fail: 500 }], transport: 'websocket' }, /a status needs `transport: http`/],
  [{ rules: [{ on: 'start', understands: 'x' }] }, /`understands` goes with/],
  [{ rules: [{ on: 'start', reply: [{ say: 'a', after_ms: 5 }] }] }, /`after_ms` needs/],
  [{ rules: [{ on: 'start', reply: [{ play: {} }] }] }, /expected exactly one of tone, say, wav/],
  [
    { rules: [{ on: 'start', reply: [{ play: { wav: 'a.wav', by: 'stream' } }] }], transport: 'websocket' },
    /`by: stream` needs `directTTS`/,
  ],
])('the bot %j is refused', (bot, expected) => {
  expect(botProblems(bot)).toMatch(expected);
});

test('WAV files of a bot are beside the file; a voice bot may be a real one', () => {
  const rules = [{ on: 'start', reply: [{ play: { wav: 'a.wav' } }] }];
  const scenario = parseScenario(`title: x\nbot: ${JSON.stringify({ rules })}\n`, '/x/p01.yaml', {});
  expect(scenario.bot.rules[0]?.reply[0]?.play).toMatchObject({ wav: '/x/a.wav', by: 'http' });
  expect(botProblems({ url: 'wss://bot.example/', directSTT: true, directTTS: true })).toBe('');
});
