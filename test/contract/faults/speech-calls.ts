import { pino } from 'pino';
import { describe, expect, type RunnerTask, test } from 'vitest';
import { loadConfigText } from '../../../src/config/load.ts';
import { botMessage, FakeBot } from '../../../src/conversation/testing.ts';
import { connectorRegistry } from '../../../src/hub/connectors.ts';
import { createSpeech } from '../../../src/hub/speech.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { eventually, type Line, openLine } from './line.ts';
import {
  cellsOf,
  FAULTS,
  isPointless,
  leaveOut,
  missing,
  type Side,
  STREAMS,
  type Streams,
  testName,
} from './matrix.ts';
import { ServedClock } from './served-clock.ts';
import type { SpeechCase, SpeechFault, SpeechPeer } from './speech-peers.ts';

const GREETING = 'hi';
const SAMPLES_PER_CHAR = 80;
/** Until the hub knows that it is listened to. */
const OPENED_MS = 300;
/** Nobody is left in silence for longer; most of it is the end of speech, and the time that a voice is waited for. */
const SILENT_MS = 6_000;

interface Scene<Peer extends SpeechPeer> {
  first: Peer;
  spare: Peer;
  line: Line;
  clock: ServedClock;
  /** What the bot was told that the caller said. */
  told(): string[];
  failovers(): string[];
}

/** A call with a bot that says back what it hears; one side of it has `first` before `spare`, the other `spare` alone. */
export async function speechCall<Peer extends SpeechPeer>(
  { start, hurry = 3 }: Pick<SpeechCase<Peer>, 'start' | 'hurry'>,
  side: 'stt' | 'tts',
  fault: SpeechFault<Peer>,
  run: (scene: Scene<Peer>) => Promise<void>,
): Promise<void> {
  const clock = new ServedClock(hurry);
  const [first, spare] = [await start('first'), await start('spare')];
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
  const services = await createSpeech(config, { metrics: createMetrics(), log, clock });
  await services.warmUp();
  const speech = { stt: ['spare'], tts: ['spare'], warmUp: [], [side]: fault.alone ? ['first'] : ['first', 'spare'] };
  const bot = new FakeBot((activities) =>
    activities.map(({ type, text }) => botMessage(type === 'message' ? `you said ${text}` : GREETING)),
  );
  if (fault.before === 'the call') fault.act(first);
  try {
    await using line = await openLine({ bot, ...services.of({ id: 'echo', speech }), speech: services, clock });
    await eventually(() => expect(line.samples()).toHaveLength(GREETING.length * SAMPLES_PER_CHAR));
    await run({
      ...{ first, spare, line, clock },
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
export async function hears<Peer extends SpeechPeer>(scene: Scene<Peer>, fault: SpeechFault<Peer>): Promise<void> {
  const { line, first, told, failovers, clock } = scene;
  if (fault.ageMs !== undefined) {
    await eventually(() => expect(first.listens?.()).toBe(true));
    await new Promise<void>((resolve) => clock.after(OPENED_MS, resolve));
    clock.skip(fault.ageMs);
  }
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
  await line.said();
  expect(await line.silentMs()).toBeLessThan(SILENT_MS);
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

/** The tests of one column of the matrix. */
export function describeSpeech<Peer extends SpeechPeer>(
  name: string,
  column: SpeechCase<Peer>,
  sides: readonly Side[] = ['heard', 'spoken'],
): void {
  const { cells, more = {} } = column;
  describe.concurrent(name, { timeout: 60_000 }, () => {
    for (const [fault, { stt, tts }] of [...cellsOf(cells), ...Object.entries(more)]) {
      if (sides.includes('heard') && !isPointless(stt)) {
        test(testName(fault, 'heard'), () => speechCall(column, 'stt', stt, (scene) => hears(scene, stt)));
      }
      if (sides.includes('spoken')) {
        test(testName(fault, 'spoken'), () => speechCall(column, 'tts', tts, (scene) => speaks(scene, tts)));
      }
    }
    for (const fault of FAULTS) {
      const cell = cells[fault];
      if (!isPointless(cell) && isPointless(cell.stt)) leaveOut(name, fault, 'heard');
    }
  });
}

/** What has not been tried on the streams of these vendors. */
export function untried(file: readonly RunnerTask[], vendors: readonly (keyof typeof STREAMS.speech)[]): string[] {
  return vendors.flatMap((vendor) => {
    const streams = STREAMS.speech[vendor];
    return isPointless(streams) ? [] : missing(file, streams satisfies Streams);
  });
}
