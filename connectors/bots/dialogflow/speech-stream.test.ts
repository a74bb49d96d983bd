import { status } from '@grpc/grpc-js';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import type { BotError } from '../../../src/bots/port.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import type { AudioCallHandlers } from './heard.ts';
import { SpeechStream } from './speech-stream.ts';

interface FakeStream extends AudioCallHandlers {
  /** Pieces of 20 ms: what was loud is `#`, silence is `.`. */
  audio: string;
  state: 'hears' | 'finished' | 'cancelled';
}

/** A stream of u-law without an agent; frames arrive each 20 ms. */
function rig({ stuck = false } = {}) {
  const clock = new VirtualClock();
  const streams: FakeStream[] = [];
  const told: string[] = [];
  const lost: BotError[] = [];
  /** How often the connection was doubted. */
  let doubted = 0;
  const speech = new SpeechStream({
    ...{ sampleRate: 8000, renewMs: 50_000, answerMs: 20_000, clock, log: pino({ level: 'silent' }) },
    ready: async () => {},
    open(_, on) {
      const stream: FakeStream = { ...on, audio: '', state: 'hears' };
      streams.push(stream);
      return {
        // Silence of u-law is 0xff.
        send: (bytes) => {
          stream.audio += bytes[0] === 0xff ? '.' : '#';
        },
        finish: () => {
          stream.state = 'finished';
        },
        cancel: () => {
          stream.state = 'cancelled';
        },
        get waiting() {
          return stuck ? stream.audio.length : 0;
        },
      };
    },
    renewConnection: () => {},
    doubtConnection: () => {
      doubted += 1;
    },
    onSpeech: ({ type }) => void told.push(type),
    onAnswer: () => void told.push('answer'),
    onUnanswered: (text) => void told.push(`unanswered ${text}`),
    onLost: (error) => void lost.push(error),
    onIdle: () => {},
  });
  const play = async (frames: number, value: number) => {
    for (let count = 0; count < frames; count += 1) {
      speech.write({ samples: new Int16Array(160).fill(value), sampleRate: 8000, timestampMs: 0 });
      await clock.run(20);
    }
  };
  const current = () => {
    const stream = streams.at(-1);
    if (stream === undefined) throw new Error('no stream');
    return stream;
  };
  return {
    ...{ clock, streams, speech, told, lost, current, doubted: () => doubted },
    speak: (frames: number) => play(frames, 8_000),
    quiet: (frames: number) => play(frames, 0),
    understands: (text: string) => current().heard({ type: 'interim', text }),
    answers: () => {
      current().heard({ type: 'answer', answer: { partial: false, activities: [], warnings: [] } });
      current().closed(undefined);
    },
    breaks: (code: number = status.UNAVAILABLE) => current().closed(Object.assign(new Error('broken'), { code })),
  };
}

test('no audio is left out because of what a stream begins with', async () => {
  const { speech, clock, quiet, current, answers, streams } = rig({ stuck: true });
  speech.start();
  await clock.run(20);
  await quiet(10);
  current().heard({ type: 'endOfUtterance' });
  await quiet(300);
  answers();
  await clock.run(20);
  await quiet(20);
  expect(streams.map(({ audio }) => audio.length)).toEqual([10, 250 + 20]);
  speech.close();
});

describe('a stream that says nothing', () => {
  test('to a voice: another one, on another connection, hears it from its beginning', async () => {
    const { speech, speak, quiet, streams, doubted, lost } = rig();
    speech.start();
    await quiet(50);
    await speak(99);
    expect(streams).toHaveLength(1);
    await speak(3);
    await quiet(5);
    expect(streams.map(({ state }) => state)).toEqual(['cancelled', 'hears']);
    expect(streams[1]?.audio).toBe(`${'.'.repeat(50)}${'#'.repeat(102)}${'.'.repeat(5)}`);
    expect([doubted(), lost]).toEqual([1, []]);
    speech.close();
  });

  test('to noise: one stream more, however long it lasts', async () => {
    const { speech, speak, streams, doubted, lost } = rig();
    speech.start();
    await speak(1_500);
    expect([streams.length, doubted(), lost]).toEqual([2, 1, []]);
    speech.close();
  });

  test('to a knock, or to silence: nothing', async () => {
    const { speech, speak, quiet, streams } = rig();
    speech.start();
    for (let count = 0; count < 4; count += 1) {
      await speak(15);
      await quiet(100);
    }
    expect(streams).toHaveLength(1);
    speech.close();
  });

  test('after it has understood a part: all of that is heard anew, and then its end is not waited for', async () => {
    const { speech, speak, quiet, understands, streams, current, told } = rig();
    speech.start();
    await speak(20);
    for (let count = 0; count < 10; count += 1) {
      understands('one');
      await speak(80);
    }
    await quiet(151);
    expect(streams).toHaveLength(2);
    expect(current().audio).toMatch(/^#{820}\.+$/);
    await quiet(160);
    expect(current().state).toBe('finished');
    expect(told.filter((type) => type !== 'hypothesis')).toEqual(['started', 'stopped']);
    speech.close();
  });

  test('of the text of what was said: it is heard anew, though the caller is not to be heard any more', async () => {
    const { speech, speak, quiet, understands, clock, streams, current, told, answers } = rig();
    speech.start();
    await speak(30);
    understands('one');
    current().heard({ type: 'endOfUtterance' });
    await quiet(10);
    speech.stop();
    await clock.run(3_100);
    expect(streams.map(({ state }) => state)).toEqual(['cancelled', 'finished']);
    expect(current().audio).toBe('#'.repeat(30));
    current().heard({ type: 'final', text: 'one', confidence: undefined });
    answers();
    await clock.run(20);
    expect(told).toEqual(['started', 'hypothesis', 'stopped', 'recognition', 'answer']);
    expect(streams).toHaveLength(2);
    speech.close();
  });
});

describe('a stream that breaks', () => {
  test('in a long sentence: the next one hears it from its beginning', async () => {
    const { speech, speak, understands, breaks, clock, current, streams, told } = rig();
    speech.start();
    await speak(25);
    for (let count = 0; count < 20; count += 1) {
      understands('one');
      await speak(50);
    }
    breaks(status.INTERNAL);
    await speak(10);
    await clock.run(200);
    await speak(10);
    expect(streams).toHaveLength(2);
    expect(current().audio).toBe('#'.repeat(25 + 1_000 + 20));
    expect(told.filter((type) => type === 'started')).toHaveLength(1);
    speech.close();
  });

  test('again and again: the conversation is lost, and the error says why', async () => {
    const { speech, speak, understands, breaks, clock, streams, lost } = rig();
    speech.start();
    await speak(10);
    for (let count = 0; count < 4; count += 1) {
      understands('one');
      breaks(status.RESOURCE_EXHAUSTED);
      await clock.run(400);
    }
    expect(streams).toHaveLength(4);
    expect(lost).toMatchObject([{ code: 'bot_failed', publicMessage: "the agent's quota is used up" }]);
  });

  test('now and then, while nobody speaks: that goes on for as long as the call', async () => {
    const { speech, quiet, breaks, clock, lost } = rig();
    speech.start();
    for (let count = 0; count < 10; count += 1) {
      await quiet(300);
      breaks();
      await clock.run(400);
    }
    expect(lost).toEqual([]);
    speech.close();
  });

  test('near its longest: the next one hears most of it anew, and has time for the rest', async () => {
    const { speech, speak, understands, breaks, clock, current, streams, lost } = rig();
    const goOn = async (seconds: number) => {
      for (let count = 0; count < seconds && current().state === 'hears'; count += 1) {
        understands('one');
        await speak(50);
      }
    };
    speech.start();
    await speak(25);
    await goOn(48);
    breaks();
    await clock.run(400);
    expect(current().audio.length).toBe(2_000);
    await goOn(30);
    expect(current().state).toBe('finished');
    expect(current().audio.length).toBeGreaterThan(2_000 + 400);
    expect(current().audio.length).toBeLessThan(3_000);
    expect([streams.length, lost]).toEqual([2, []]);
    speech.close();
  });
});
