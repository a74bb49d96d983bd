import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { FakeStt } from './fake-stt.ts';
import { SpeechError, type SttOptions, type SttSession } from './ports.ts';
import { dialLine, judge } from './steady-line.ts';

const options: SttOptions = {
  ...{ callId: 'c', language: 'en-US', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
  vendorOptions: undefined,
};

/** A line whose session comes when the test says so. */
async function dialled() {
  const clock = new VirtualClock();
  const session: SttSession = await new FakeStt({ clock }).open(options, new AbortController().signal);
  const opening = Promise.withResolvers<SttSession>();
  const stt = { id: 'slow', capabilities: new FakeStt({ clock }).capabilities, open: () => opening.promise };
  return { clock, session, opening, line: dialLine(stt, { index: 0, options, openMs: 1_000, clock }) };
}

const notNeeded = new SpeechError('speech_failed', 'not needed any more');

test.each(['after', 'in the same moment as'])(
  'a session that comes %s its line is given up is closed',
  async (when) => {
    const { clock, session, opening, line } = await dialled();
    const give = () => opening.resolve(session);
    const giveUp = () => line.abort.abort(notNeeded);
    for (const happens of when === 'after' ? [giveUp, give] : [give, giveUp]) happens();
    await expect(line.ready).rejects.toBe(notNeeded);
    await opening.promise;
    expect([session.closed, line.session, clock.pending]).toEqual([true, undefined, 0]);
  },
);

test('a session that does not come in time is an error of time, and is closed when it comes', async () => {
  const { clock, session, opening, line } = await dialled();
  await clock.run(1_000);
  await expect(line.ready).rejects.toMatchObject({ code: 'speech_timeout', retryable: true });
  opening.resolve(session);
  await opening.promise;
  await Promise.resolve();
  expect(session.closed).toBe(true);
});

test('an adapter that throws instead of rejecting has failed as well, and nothing is left', async () => {
  const clock = new VirtualClock();
  const stt = new FakeStt({ clock });
  const thrown = new TypeError('no such thing');
  stt.open = () => {
    throw thrown;
  };
  const line = dialLine(stt, { index: 0, options, openMs: 1_000, clock });
  await expect(line.ready).rejects.toBe(thrown);
  expect(clock.pending).toBe(0);
});

describe('a line that was overtaken is over once', () => {
  const result = { text: '1', confidence: undefined, alternatives: [], rejected: false, raw: undefined };
  const broken = new SpeechError('speech_failed', 'it broke');
  test.each<[string, (session: SttSession, clock: VirtualClock) => void, unknown[]]>([
    ['when it has a text', (session) => session.emit('final', result), ['lives']],
    ['when it breaks', (session) => session.emit('error', broken), [broken]],
    ['when it closes', (session) => session.emit('closed'), []],
    ['when its time is up', (_, clock) => clock.advance(500), [expect.objectContaining({ code: 'speech_timeout' })]],
  ])('%s', async (_, happens, verdicts) => {
    const { clock, session, opening, line } = await dialled();
    opening.resolve(session);
    await line.ready;
    const told: unknown[] = [];
    let over = 0;
    const verdict = (error: SpeechError | undefined) => void told.push(error ?? 'lives');
    judge(line, { limitMs: 500, clock, verdict, over: () => (over += 1) });
    happens(session, clock);
    clock.advance(1_000);
    expect([told, over, session.closed]).toEqual([verdicts, 1, true]);
  });
});
