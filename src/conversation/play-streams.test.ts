import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { ConversationEvent } from './events.ts';
import { PlayStreams } from './play-streams.ts';
import { Speaker } from './speaker.ts';
import type { PromptSource } from './state.ts';
import { OFFER } from './testing.ts';
import type { UrlAudio } from './url-audio.ts';

let clock: VirtualClock;
let media: FakeEndpoint;
let events: string[];
let outcomes: string[];
let marks: string[];
let warnings: string[];
let streams: PlayStreams;
let speaker: Speaker;

const emit = (event: ConversationEvent) => {
  if (event.type === 'botPlayed') events.push(`botPlayed ${event.stream} ${event.streamId}`);
  else events.push('promptId' in event ? `${event.type} ${event.promptId}` : event.type);
};

function open(urlAudio?: UrlAudio): void {
  streams = new PlayStreams({ sampleRate: 8000, emit, warn: (message) => warnings.push(message) });
  speaker = new Speaker({
    tts: undefined,
    urlAudio,
    streams,
    media,
    clock,
    emit,
    onOutcome: (prompt, outcome, playedMs) => outcomes.push(`${prompt.id} ${outcome} ${playedMs}`),
    onFirstRtp: () => {},
    onMark: (markId) => marks.push(`${markId} at ${clock.now()}`),
    signal: new AbortController().signal,
  });
}

beforeEach(async () => {
  clock = new VirtualClock();
  media = await new FakeMediaEngine({ clock, timeoutMs: 10_000_000 }).createEndpoint({ callId: 'c' });
  await media.answer(OFFER);
  events = [];
  outcomes = [];
  marks = [];
  warnings = [];
  open();
});

afterEach(async () => {
  speaker.close();
  streams.close();
  await media.close();
  await clock.run(0);
  expect(clock.pending).toBe(0);
});

const start = (streamId: string) => streams.on({ type: 'start', streamId, altText: undefined, activityParams: {} });
const audio = (streamId: string, ms: number) =>
  streams.on({ type: 'audio', streamId, samples: new Int16Array(ms * 8).fill(1000) });
const mark = (streamId: string, markId: string) => streams.on({ type: 'mark', streamId, markId });
const stop = (streamId: string) => streams.on({ type: 'stop', streamId });

function prepare(id: number, source: PromptSource): void {
  speaker.prepare({ id, kind: 'message', text: '', source, activityId: '', overlay: {} });
}

const playStream = (id: number, stream: number) => {
  prepare(id, { type: 'stream', stream });
  speaker.play(id);
};

describe("a stream of the bot's audio", () => {
  test('all at once, stopped at once, is played out', async () => {
    start('a');
    audio('a', 4400);
    stop('a');
    playStream(1, 1);
    await clock.run(4300);
    expect(outcomes).toEqual([]);
    await clock.run(200);
    expect(outcomes).toEqual(['1 finished 4400']);
    expect(events).toEqual(['botPlayed 1 a', 'promptReady 1', 'promptStarted 1', 'promptReady 1', 'promptFinished 1']);
  });

  test('in real time, with gaps, is played as it comes', async () => {
    start('a');
    playStream(1, 1);
    for (let i = 0; i < 10; i += 1) {
      audio('a', 20);
      await clock.run(i === 5 ? 500 : 20);
    }
    stop('a');
    await clock.run(100);
    expect(outcomes).toEqual(['1 finished 200']);
  });

  test('empty: is finished and was never heard', async () => {
    start('a');
    stop('a');
    playStream(1, 1);
    await clock.run(0);
    expect(events.at(-1)).toBe('promptFinished 1');
    expect(outcomes).toEqual([]);
  });

  test('is not played before its turn', async () => {
    start('a');
    audio('a', 100);
    stop('a');
    start('b');
    audio('b', 100);
    stop('b');
    playStream(1, 1);
    prepare(2, { type: 'stream', stream: 2 });
    await clock.run(300);
    expect(media.playout.playedMs).toBe(100);
    speaker.play(2);
    await clock.run(300);
    expect(outcomes).toEqual(['1 finished 100', '2 finished 100']);
  });

  test('without a stop ends after half a minute of silence', async () => {
    start('a');
    audio('a', 100);
    playStream(1, 1);
    await clock.run(29_000);
    expect(outcomes).toEqual([]);
    await clock.run(1_100);
    expect(outcomes).toEqual(['1 finished 100']);
    // What comes then belongs to nothing.
    audio('a', 100);
    await clock.run(1000);
    expect(media.playout.playedMs).toBe(100);
  });

  test('interrupted: what is waiting and what still comes is dropped', async () => {
    start('a');
    audio('a', 10_000);
    playStream(1, 1);
    await clock.run(510);
    speaker.stop([1], 'interrupted');
    // It takes no room from what comes after it.
    for (let i = 0; i < 130; i += 1) audio('a', 1000);
    expect(warnings).toEqual([]);
    mark('a', 'late');
    stop('a');
    await clock.run(10_000);
    expect(outcomes).toEqual(['1 interrupted 500']);
    expect([media.playout.playedMs, marks]).toEqual([500, []]);
    // The same id may be used again.
    start('a');
    audio('a', 40);
    stop('a');
    playStream(2, 2);
    await clock.run(200);
    expect(outcomes.at(-1)).toBe('2 finished 40');
  });

  test('that begins before the last was stopped ends it', async () => {
    start('a');
    audio('a', 100);
    start('b');
    audio('a', 100);
    audio('b', 60);
    stop('b');
    playStream(1, 1);
    await clock.run(300);
    playStream(2, 2);
    await clock.run(300);
    expect(outcomes).toEqual(['1 finished 100', '2 finished 60']);
    expect(warnings).toHaveLength(2);
  });

  test('at most two minutes wait, over all streams; played ones make room', async () => {
    start('a');
    for (let i = 0; i < 130; i += 1) audio('a', 1000);
    stop('a');
    start('b');
    audio('b', 1000);
    stop('b');
    expect(warnings.length).toBeGreaterThan(0);
    playStream(1, 1);
    await clock.run(121_000);
    playStream(2, 2);
    start('c');
    audio('c', 1000);
    stop('c');
    playStream(3, 3);
    await clock.run(3000);
    expect(outcomes).toEqual(['1 finished 120000', '3 finished 1000']);
  });

  test('refused streams free what they held', () => {
    for (let i = 1; i <= 10; i += 1) {
      start('a');
      audio('a', 100_000);
      stop('a');
      streams.refuse(i);
    }
    expect(warnings).toEqual([]);
  });

  test('that is not known fails', async () => {
    playStream(1, 77);
    await clock.run(0);
    expect(events).toEqual(['promptFailed 1']);
  });
});

describe('marks', () => {
  test('are told when the audio before them has gone out, also at the beginning and at the end', async () => {
    start('a');
    mark('a', 'first');
    audio('a', 300);
    mark('a', 'middle');
    audio('a', 200);
    mark('a', 'last');
    stop('a');
    playStream(1, 1);
    await clock.run(1000);
    expect(marks.map((text) => text.split(' ')[0])).toEqual(['first', 'middle', 'last']);
    const [first, middle, last] = marks.map((text) => Number(text.split(' ').at(-1)));
    expect(first).toBe(0);
    expect(middle).toBeGreaterThanOrEqual(300);
    expect(middle).toBeLessThanOrEqual(360);
    expect(last).toBeGreaterThanOrEqual(500);
    expect(last).toBeLessThanOrEqual(560);
  });

  test('wait while the prompt is paused', async () => {
    start('a');
    audio('a', 300);
    mark('a', 'm');
    stop('a');
    playStream(1, 1);
    await clock.run(100);
    speaker.pause();
    await clock.run(1000);
    expect(marks).toEqual([]);
    speaker.resume();
    await clock.run(300);
    expect(marks).toHaveLength(1);
  });

  test('set late, behind what has been played, are told at once', async () => {
    start('a');
    audio('a', 100);
    playStream(1, 1);
    await clock.run(500);
    mark('a', 'm');
    await clock.run(0);
    expect(marks).toEqual(['m at 500']);
  });

  test('of an interrupted stream are told as far as it was heard', async () => {
    start('a');
    audio('a', 100);
    mark('a', 'heard');
    audio('a', 1000);
    mark('a', 'not heard');
    stop('a');
    playStream(1, 1);
    await clock.run(300);
    speaker.stop([1], 'interrupted');
    await clock.run(2000);
    expect(marks.map((text) => text.split(' at')[0])).toEqual(['heard']);
  });

  test('no more than a thousand wait', () => {
    start('a');
    for (let i = 0; i < 1001; i += 1) mark('a', `${i}`);
    expect(warnings).toHaveLength(1);
  });
});

test('any order of events: what is played is what was sent, once, and nothing throws', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('start', 'stop', 'mark'), id: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constant('audio'), id: fc.constantFrom('a', 'b'), ms: fc.integer({ min: 0, max: 2000 }) }),
    fc.record({ do: fc.constant('wait'), id: fc.constant(''), ms: fc.nat(3000) }),
    fc.record({ do: fc.constant('interrupt'), id: fc.constant('') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      open();
      events = [];
      outcomes = [];
      const before = media.playout.playedMs;
      let playing: number | undefined;
      let made = 0;
      const next = () => {
        made = events.filter((event) => event.startsWith('botPlayed')).length;
        const over = playing === undefined || events.includes(`promptFinished ${playing}`);
        if (!over || (playing ?? 0) >= made) return;
        playing = (playing ?? 0) + 1;
        playStream(playing, playing);
      };
      for (const item of steps) {
        const ms = 'ms' in item ? item.ms : 0;
        if (item.do === 'start') start(item.id);
        else if (item.do === 'stop') stop(item.id);
        else if (item.do === 'mark') mark(item.id, 'm');
        else if (item.do === 'audio') audio(item.id, ms);
        else if (item.do === 'wait') await clock.run(ms);
        else if (playing !== undefined && !events.includes(`promptFinished ${playing}`)) {
          speaker.stop([playing], 'interrupted');
          events.push(`promptFinished ${playing}`);
        }
        await clock.run(0);
        next();
      }
      for (let i = 0; i <= made; i += 1) {
        await clock.run(200_000);
        next();
      }
      await clock.run(200_000);
      const total = outcomes.reduce((sum, text) => sum + Number(text.split(' ')[2]), 0);
      expect(Math.abs(media.playout.playedMs - before - total)).toBeLessThan(1);
      expect(new Set(outcomes.map((text) => text.split(' ')[0])).size).toBe(outcomes.length);
      expect(events.filter((event) => event.startsWith('promptFailed'))).toEqual([]);
      speaker.close();
      streams.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe('a prompt from a URL', () => {
  const source = { type: 'url', url: 'https://a.example/', mediaFormat: 'wav/lpcm16', caching: true } as const;

  test('is fetched, played and finished', async () => {
    const requests: unknown[] = [];
    open({
      async *play(request) {
        requests.push(request);
        yield new Int16Array(800).fill(1000);
        yield new Int16Array(800).fill(1000);
      },
    });
    prepare(1, source);
    speaker.play(1);
    await clock.run(1000);
    expect(outcomes).toEqual(['1 finished 200']);
    expect(requests).toEqual([{ url: source.url, mediaFormat: 'wav/lpcm16', caching: true, sampleRate: 8000 }]);
  });

  test('that breaks off in the middle ends once, as aborted', async () => {
    open({
      async *play() {
        yield new Int16Array(800).fill(1000);
        throw new Error('gone');
      },
    });
    prepare(1, source);
    speaker.play(1);
    await clock.run(1000);
    expect(events.filter((event) => event.startsWith('promptF'))).toEqual(['promptFailed 1']);
    expect(outcomes).toHaveLength(1);
  });

  test('that gives nothing is given up', async () => {
    let ended = false;
    open({
      async *play(_, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = true;
        yield new Int16Array(0);
      },
    });
    prepare(1, source);
    speaker.play(1);
    await clock.run(10_000);
    expect([events.at(-1), ended]).toEqual(['promptFailed 1', true]);
  });

  test('without a way to URLs fails', async () => {
    prepare(1, source);
    await clock.run(0);
    expect(events).toEqual(['promptFailed 1']);
  });
});
