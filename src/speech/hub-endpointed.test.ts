import { expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { FakeStt, type FakeSttOptions, wordFrames } from './fake-stt.ts';
import { hubEndpointed } from './hub-endpointed.ts';
import type { SttOptions } from './ports.ts';

const OPTIONS: SttOptions = {
  ...{ callId: 'c', language: 'en-US', sampleRate: 8000 },
  ...{ contextPhrases: [], contextBoost: 0, vendorOptions: undefined },
};

const pause = (ms: number) => Array<number>(ms / 20).fill(0);

/** A vendor that leaves an utterance without its text, unless it is to live. */
async function open(clock: VirtualClock, lives?: Partial<FakeSttOptions>) {
  const fake = new FakeStt({ clock, ...lives });
  fake.frozen = lives === undefined;
  const stt = hubEndpointed(fake, clock);
  const session = await stt.open(OPTIONS, new AbortController().signal);
  const finals: string[] = [];
  session.on('final', ({ text }) => finals.push(text));
  const write = (...words: number[]) => {
    for (const samples of wordFrames(words)) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
  };
  return { session, finals, write };
}

it('waits 900 ms for a text at the pace of the call', async () => {
  const clock = new VirtualClock();
  const { session, finals, write } = await open(clock);
  session.startUtterance(0);
  for (let i = 0; i < 100; i += 1) {
    write(1);
    clock.advance(300);
  }
  session.endUtterance(0);
  clock.advance(899);
  expect(finals).toEqual([]);
  clock.advance(1);
  expect(finals).toEqual(['']);
});

it('waits longer for the text of what was given at once', async () => {
  const clock = new VirtualClock();
  const { session, finals, write } = await open(clock);
  session.startUtterance(0);
  write(...pause(60_000));
  session.endUtterance(0);
  clock.advance(6_799);
  expect(finals).toEqual([]);
  clock.advance(1);
  expect(finals).toEqual(['']);
});

it('utterances that are given at once have a text each, to the last word, whatever pauses are in them', async () => {
  const clock = new VirtualClock();
  const { session, finals, write } = await open(clock, { canBeAsked: true, latencyMs: 200 });
  for (const words of [[1, ...pause(700), 2, 3], [4], [5, ...pause(560), 6]]) {
    session.startUtterance(0);
    write(...words);
    session.endUtterance(0);
  }
  clock.advance(1_000);
  expect(finals).toEqual(['1 2 3', '4', '5 6']);
});

it('what begins while a text is owed takes nothing from it', async () => {
  const clock = new VirtualClock();
  const { session, finals, write } = await open(clock, { canBeAsked: true, latencyMs: 500 });
  session.startUtterance(0);
  write(1);
  session.endUtterance(0);
  clock.advance(200);
  session.startUtterance(0);
  write(2);
  clock.advance(400);
  expect(finals).toEqual(['1']);
  session.endUtterance(0);
  clock.advance(600);
  expect(finals).toEqual(['1', '2']);
});

it('a text that comes after its time is not said twice', async () => {
  const clock = new VirtualClock();
  const { session, finals, write } = await open(clock, { latencyMs: 2_000 });
  session.startUtterance(0);
  write(1, ...pause(600));
  session.endUtterance(600);
  clock.advance(1_500);
  session.startUtterance(0);
  write(2);
  clock.advance(1_000);
  session.endUtterance(0);
  clock.advance(1_000);
  expect(finals).toEqual(['1', '2']);
});

/** A clock of a machine that is late: what is due fires at once, in any order. */
class LateClock implements Clock {
  readonly #timers: { at: number; fn: () => void }[] = [];
  #now = 0;

  now = () => this.#now;
  date = () => new Date(0);

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.unshift(timer);
    return () => void (this.#timers.includes(timer) && this.#timers.splice(this.#timers.indexOf(timer), 1));
  }

  /** The latest come first. */
  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now).toSorted((one, other) => other.at - one.at);
    for (const timer of due) {
      const index = this.#timers.indexOf(timer);
      if (index === -1) continue;
      this.#timers.splice(index, 1);
      timer.fn();
    }
  }
}

it('what a dead vendor has understood is no text, also on a machine that is late', async () => {
  const clock = new LateClock();
  const fake = new FakeStt({ clock, canBeAsked: true });
  const session = await hubEndpointed(fake, clock).open(OPTIONS, new AbortController().signal);
  const told: string[] = [];
  session.on('interim', ({ text }) => told.push(text));
  session.on('final', ({ text }) => told.push(`final ${text}`));
  session.on('error', ({ message }) => told.push(message));
  session.startUtterance(0);
  for (const samples of wordFrames([1])) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
  if (fake.current !== undefined) fake.current.frozen = true;
  session.endUtterance(0);
  for (let count = 0; count < 3; count += 1) clock.pass(1_000);
  expect(told).toEqual(['1', 'the fake does not answer']);
});
