import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { loadConfigText } from '../../../src/config/load.ts';
import { botMessage, FakeBot } from '../../../src/conversation/testing.ts';
import { connectorRegistry } from '../../../src/hub/connectors.ts';
import { createSpeech } from '../../../src/hub/speech.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { eventually, hurried, type Line, openLine } from './line.ts';
import { cellsOf } from './matrix.ts';
import { deepgram, openAi, type SpeechCase, type SpeechFault, type SpeechPeer, startDeepgram } from './speech-peers.ts';

const GREETING = 'hi';
const SAMPLES_PER_CHAR = 80;

interface Scene<Peer extends SpeechPeer> {
  first: Peer;
  spare: Peer;
  line: Line;
  /** What the bot was told that the caller said. */
  told(): string[];
  failovers(): string[];
}

/** A call with a bot that says back what it hears; one side of it has `first` before `spare`, the other `spare` alone. */
async function call<Peer extends SpeechPeer>(
  start: () => Promise<Peer>,
  side: 'stt' | 'tts',
  fault: SpeechFault<Peer>,
  run: (scene: Scene<Peer>) => Promise<void>,
): Promise<void> {
  const [first, spare] = [await start(), await start()];
  const config = await loadConfigText(
    JSON.stringify({
      speech: { cacheMegabytes: 0 },
      speechServices: [
        { id: 'first', ...first.settings },
        { id: 'spare', ...spare.settings },
      ],
    }),
    'hub.yaml',
    {},
    connectorRegistry,
  );
  const log = pino({ level: 'silent' });
  const services = await createSpeech(config, { metrics: createMetrics(), log, clock: hurried });
  const speech = { stt: ['spare'], tts: ['spare'], warmUp: [], [side]: ['first', 'spare'] };
  const bot = new FakeBot((activities) =>
    activities.map(({ type, text }) => botMessage(type === 'message' ? `you said ${text}` : GREETING)),
  );
  if (fault.before === 'the call') fault.act(first);
  try {
    await using line = await openLine({ bot, ...services.of({ id: 'echo', speech }), speech: services });
    await eventually(() => expect(line.samples()).toHaveLength(GREETING.length * SAMPLES_PER_CHAR));
    await run({
      ...{ first, spare, line },
      told: () => bot.heard().filter((text) => /^[\d ]+$/.test(text)),
      failovers: () => line.transcript.filter(({ kind }) => kind === 'event').map(({ text }) => text),
    });
  } finally {
    await services.close();
    await first.close();
    await spare.close();
  }
}

const expectedFailovers = (side: string, why: RegExp | undefined) =>
  why === undefined
    ? []
    : [expect.stringMatching(new RegExp(`^speech\\.failover ${side} first -> spare: .*(${why.source})`))];

/** The bot gets every word once, whatever happens to who hears them, and the call stays with the other service. */
async function hears<Peer extends SpeechPeer>(scene: Scene<Peer>, fault: SpeechFault<Peer>): Promise<void> {
  const { line, first, told, failovers } = scene;
  if (fault.before === 'the sentence') fault.act(first);
  line.speak(1, 2);
  if (fault.before === 'the second word') {
    await eventually(() => expect(line.left()).toBeLessThan(12));
    fault.act(first);
  }
  await eventually(() => expect(told()).toEqual(['1 2']));
  expect(failovers()).toEqual(expectedFailovers('stt', fault.why));
  await eventually(() => expect(line.transcript.at(-1)?.text).toBe('you said 1 2'));
  line.speak(3);
  await eventually(() => expect(told()).toEqual(['1 2', '3']));
  expect(failovers()).toHaveLength(fault.why === undefined ? 0 : 1);
}

/** The caller hears the whole answer, and once, unless it broke off in the middle. */
async function speaks<Peer extends SpeechPeer>(scene: Scene<Peer>, fault: SpeechFault<Peer>): Promise<void> {
  const { line, first, spare, failovers } = scene;
  if (fault.before === 'the sentence') fault.act(first);
  line.speak(1);
  const answer = 'you said 1';
  const ms = (GREETING.length + answer.length) * SAMPLES_PER_CHAR;
  const heard = () => line.samples().subarray(GREETING.length * SAMPLES_PER_CHAR);
  const whole = first.audioOf?.(answer);
  await eventually(() => expect(line.samples().length).toBeGreaterThanOrEqual(ms - 2));
  await eventually(() => expect(line.transcript.at(-1)?.text).toBe(answer));
  if (whole !== undefined && fault.why !== undefined) expect(heard().subarray(-whole.length)).toEqual(whole);
  if (fault.hearsSome) expect(line.samples().length).toBeGreaterThan(ms + 100);
  else expect(Math.abs(line.samples().length - ms)).toBeLessThanOrEqual(2);
  expect((fault.why === undefined ? first : spare).spoken()).toContain(answer);
  expect(failovers()).toEqual(expectedFailovers('tts', fault.why));
}

function describeSpeech<Peer extends SpeechPeer>(
  name: string,
  { start, cells }: SpeechCase<Peer>,
  { speaks: alsoSpeaks } = { speaks: true },
): void {
  describe.concurrent(name, () => {
    for (const [fault, { stt, tts }] of cellsOf(cells)) {
      if (stt !== undefined) test(`${fault}: heard`, () => call(start, 'stt', stt, (scene) => hears(scene, stt)));
      if (alsoSpeaks) test(`${fault}: spoken`, () => call(start, 'tts', tts, (scene) => speaks(scene, tts)));
    }
  });
}

describe('a call whose speech service something is wrong with: what the caller hears, and what the record says', () => {
  describeSpeech('deepgram', deepgram);
  const startFinding = () => startDeepgram({ endpointing: 'vendor' });
  describeSpeech('deepgram, which finds the end itself', { ...deepgram, start: startFinding }, { speaks: false });
  describeSpeech('openai-compatible', openAi);
});
