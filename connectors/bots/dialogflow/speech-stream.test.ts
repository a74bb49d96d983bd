import pino from 'pino';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { type AudioCallHandlers, SpeechStream } from './speech-stream.ts';

it('leaves out no audio because of what a stream begins with', async () => {
  const clock = new VirtualClock();
  const ignore = () => {};
  const calls: { on: AudioCallHandlers; sent: number }[] = [];
  const stream = new SpeechStream({
    ...{ sampleRate: 8000, renewMs: 50_000, answerMs: 20_000, clock, log: pino({ level: 'silent' }) },
    ready: async () => {},
    /** Nothing leaves it as yet. */
    open(_, on) {
      const call = { on, sent: 0 };
      calls.push(call);
      return {
        send: () => {
          call.sent += 1;
        },
        finish: ignore,
        cancel: ignore,
        get waiting() {
          return call.sent;
        },
      };
    },
    ...{
      renewCredentials: ignore,
      onSpeech: ignore,
      onAnswer: ignore,
      onUnanswered: ignore,
      onLost: ignore,
      onIdle: ignore,
    },
  });
  const say = (frames: number) => {
    for (let i = 0; i < frames; i += 1)
      stream.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
  };
  stream.start();
  await clock.run(20);
  say(10);
  calls[0]?.on.heard({ type: 'endOfUtterance' });
  say(300);
  calls[0]?.on.heard({ type: 'answer', answer: { partial: false, activities: [], warnings: [] } });
  calls[0]?.on.closed(undefined);
  await clock.run(20);
  say(20);
  expect(calls.map(({ sent }) => sent)).toEqual([10, 250 + 20]);
  stream.close();
});
