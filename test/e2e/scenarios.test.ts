import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patchbayScenario } from './support/scenario-command.ts';

const SHIPPED = join(import.meta.dirname, '../scenarios');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-scenarios-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every shipped scenario passes', async () => {
  const junit = join(folder, 'junit.xml');
  const args = [SHIPPED, '--jobs', '6', '--retries', '1', '--junit', junit];
  const { code, output, errors } = await patchbayScenario(...args);
  expect(code, errors).toBe(0);
  const files = await readdir(SHIPPED);
  const shipped = files.filter((file) => file.endsWith('.yaml')).length;
  expect(shipped).toBeGreaterThanOrEqual(25);
  expect(output).toContain(`${shipped} scenarios, all passed`);
  const xml = await readFile(junit, 'utf8');
  expect(xml).toContain(`tests="${shipped}" failures="0"`);
  expect(xml.match(/<testcase /g)).toHaveLength(shipped);
}, 240_000);

const WRONG_EXPECTATIONS = `
title: expectations that do not hold
bot:
  rules:
    - on: start
      reply: [{ say: Good morning. }, { event: hangup }]
caller:
  - await: end
    expect:
      - { bot: { event: start }, from: invite, absent: true }
      - { bot: { message: hello } }
      - { heard: { whole: Good evening my dear friends and welcome. } }
      - { heard: speech, absent: true, from: answer }
      - { heard: speech, from: answer, within_ms: 1 }
      - { spoken: { text: Good morning., interrupted: true } }
      - { record: { end: { category: caller-hangup } } }
      - { call: { status: 486 } }
      - { call: { endedBy: caller } }
      - { botEnd: { reasonCode: error } }
      - { keys: "1" }
      - { understood: hello }
      - { heard: { tone: { hz: 700 } } }
      - { heard: { tone: { hz: 700, ms: { min: 100 } } } }
      - { info: { body: { a: 1 } } }
      - { agent: { uri: sip:agent@hub } }
`;

test('what does not hold fails, each for its reason; a recording and JUnit tell', async () => {
  const file = join(folder, 'wrong.yaml');
  const [junit, out] = [join(folder, 'wrong.xml'), join(folder, 'out')];
  await writeFile(file, WRONG_EXPECTATIONS);
  const { code, errors } = await patchbayScenario(file, '--junit', junit, '--out', out);
  expect(code).toBe(1);
  for (const reason of [
    'expectation 1: the event start at the bot should not have been',
    'expectation 2: the message "hello" at the bot never came',
    /expectation 3: "Good evening my dear friends and welcome\." was not heard/,
    'expectation 4: there should have been silence',
    /expectation 5: speech of the hub came after \d+ ms, not within 1 ms/,
    'expectation 6: the prompt "Good morning.", interrupted never came; spoken were: "Good morning." by the bot',
    "expectation 7: the record's end is bot-hangup by bot",
    'expectation 8: the INVITE was answered with 200, not with 486',
    'expectation 9: the call was ended by hub',
    'expectation 10: the bot was told the end reason bot-disconnected, not error',
    'expectation 11: the keys 1 of the hub never came',
    'expectation 12: understood "hello" never came',
    'expectation 13: a tone of 700 Hz never came',
    'expectation 14: 0 ms of a tone of 700 Hz were heard, not at least 100 ms',
    'expectation 15: an INFO with {"a":1} never came; received were: none',
    'expectation 16: such a call at the agent never came; called were: nobody',
  ]) {
    expect(errors).toMatch(reason);
  }
  expect(errors).toContain('1 scenario, 1 failed');
  expect(await readFile(junit, 'utf8')).toMatch(/tests="1" failures="1"[\s\S]*<failure message="step 1, expectation 1/);
  expect((await readdir(out)).sort()).toEqual(['wrong.txt', 'wrong.wav']);
  expect(await readFile(join(out, 'wrong.txt'), 'utf8')).toContain('bot gets event start');
}, 60_000);

const TONES = `
title: tones that are there when they should not be
bot:
  transport: websocket
  directTTS: true
  rules:
    - on: start
      reply: [{ play: { tone: { hz: 700, ms: 600 }, by: stream } }, { event: hangup }]
caller:
  - await: end
    expect:
      - { heard: { tone: { hz: 700 } }, from: answer, absent: true }
      - { heard: { tone: { hz: 700 } }, from: answer, after_ms: 3000 }
      - { heard: { tone: { hz: 700, ms: { max: 300 } } }, from: answer }
      - { heard: { tone: { hz: 900 } }, from: answer, absent: true }
      - { heard: { tone: { hz: 700 } }, from: answer, within_ms: 400 }
`;

test('a tone is told from silence and from other tones', async () => {
  const file = join(folder, 'tones.yaml');
  await writeFile(file, TONES);
  const { code, errors } = await patchbayScenario(file);
  expect(code).toBe(1);
  expect(errors).toMatch(/expectation 1: a tone of 700 Hz should not have been heard, and was after \d+ ms/);
  expect(errors).toMatch(/expectation 2: a tone of 700 Hz came \d+ ms before it should have, and not again/);
  expect(errors).toMatch(/expectation 3: [56]\d\d ms of a tone of 700 Hz were heard, not at most 300 ms/);
  expect(errors).not.toMatch(/expectation [45]/);
}, 60_000);

test('a bad file is named with line and key, and no call is placed', async () => {
  const file = join(folder, 'bad.yaml');
  await writeFile(
    file,
    'title: bad\nbot: { rules: [{ on: start }] }\ncaller:\n  - say: hello\n    wait: 5\n  - shout: hey\n',
  );
  const { code, errors } = await patchbayScenario(SHIPPED, file);
  expect(code).toBe(2);
  expect(errors).toContain(`${file}:4:5  caller[0]`);
  expect(errors).toContain(`${file}:6:5  caller[1].shout`);
});

test('--only chooses by name', async () => {
  const { code, output } = await patchbayScenario(SHIPPED, '--only', 'p31-caller');
  expect(code).toBe(0);
  expect(output).toMatch(/^ok +\d+\.\d s {2}p31-caller-facts-reach-the-bot/);
  expect(output).toContain('1 scenario, all passed');
  expect((await patchbayScenario(SHIPPED, '--only', 'no-such-scenario')).code).toBe(2);
});

test('--retries runs what failed again, and what fails again has failed', async () => {
  const file = join(folder, 'never.yaml');
  await writeFile(
    file,
    'title: x\nbot: { create: 500, rules: [{ on: start }] }\nexpect: [{ call: { status: 200 } }]\n',
  );
  const { code, output, errors } = await patchbayScenario(file, '--retries', '1');
  expect(code).toBe(1);
  expect(output).toContain('again, alone: never');
  expect(errors.match(/^FAILED/gm)).toHaveLength(2);
});
