import { describe, expect, test } from 'vitest';
import type { BotConnection, BotPlayEvent, BotSession, BotSessionHandlers } from '../../../src/bots/port.ts';
import { audioContractCases } from './audio-contract.ts';
import { memoryAudioHarness } from './memory.ts';

type Change = (handlers: BotSessionHandlers) => Partial<BotSessionHandlers>;
type ChangeSession = (session: BotSession) => Partial<BotSession>;

/** Ways to break a connection whose bot hears and speaks, and a case of the kit that has to notice each. */
const breakages: { fault: string; noticedBy: string; wrap: (inner: BotConnection) => BotConnection }[] = [
  {
    fault: 'does not say that the bot hears',
    noticedBy: 'says which audio the bot handles, and has the handles for it',
    wrap: (inner) => ({ ...wrapped(inner), audio: { directStt: false, directTts: true } }),
  },
  {
    fault: 'has no handle for the audio of the caller',
    noticedBy: 'says which audio the bot handles, and has the handles for it',
    wrap: (inner) => ({
      ...wrapped(inner),
      async open(context, handlers) {
        const session = await inner.open(context, handlers);
        return { send: (all) => session.send(all), end: (reason) => session.end(reason), markReached: () => {} };
      },
    }),
  },
  {
    fault: 'loses every fifth frame',
    noticedBy: 'the caller is heard from the start on until the stop, without a gap',
    wrap: (inner) => {
      let count = 0;
      return wrapped(inner, undefined, ({ userAudio: audio }) => ({
        userAudio: {
          start: () => audio?.start(),
          stop: () => audio?.stop(),
          write: (frame) => {
            if (++count % 5 !== 0) audio?.write(frame);
          },
        },
      }));
    },
  },
  {
    fault: 'changes the volume',
    noticedBy: 'the caller is heard from the start on until the stop, without a gap',
    wrap: (inner) =>
      wrapped(inner, undefined, ({ userAudio: audio }) => ({
        userAudio: {
          start: () => audio?.start(),
          stop: () => audio?.stop(),
          write: (frame) => audio?.write({ ...frame, samples: frame.samples.map((sample) => sample >> 1) }),
        },
      })),
  },
  {
    fault: 'never stops the stream of the caller',
    noticedBy: 'may be started and stopped again and again',
    wrap: (inner) =>
      wrapped(inner, undefined, ({ userAudio: audio }) => ({
        userAudio: { start: () => audio?.start(), stop: () => {}, write: (frame) => audio?.write(frame) },
      })),
  },
  {
    fault: 'loses confidences',
    noticedBy: 'what the bot hears comes in order',
    wrap: (inner) =>
      wrapped(inner, (handlers) => ({
        onSpeech: (event) =>
          handlers.onSpeech?.(event.type === 'recognition' ? { ...event, confidence: undefined } : event),
      })),
  },
  {
    fault: 'puts marks at the end',
    noticedBy: 'what the bot speaks comes whole, with its marks in their places',
    wrap: (inner) => {
      const marks: BotPlayEvent[] = [];
      return wrapped(inner, (handlers) => ({
        onPlay: (event) => {
          if (event.type === 'mark') marks.push(event);
          else if (event.type === 'stop') for (const late of [...marks, event]) handlers.onPlay?.(late);
          else handlers.onPlay?.(event);
        },
      }));
    },
  },
  {
    fault: 'cuts long audio',
    noticedBy: 'several seconds in one piece, and a stream without audio',
    wrap: (inner) =>
      wrapped(inner, (handlers) => ({
        onPlay: (event) =>
          handlers.onPlay?.(event.type === 'audio' ? { ...event, samples: event.samples.subarray(0, 16_000) } : event),
      })),
  },
  {
    fault: 'leaves out streams without audio',
    noticedBy: 'several seconds in one piece, and a stream without audio',
    wrap: (inner) =>
      wrapped(inner, (handlers) => ({
        onPlay: (event) => {
          if (event.streamId !== 'empty') handlers.onPlay?.(event);
        },
      })),
  },
  {
    fault: 'keeps marks for itself',
    noticedBy: 'marks are reported to the bot',
    wrap: (inner) => wrapped(inner, undefined, () => ({ markReached: () => {} })),
  },
  {
    fault: 'plays for the first conversation only',
    noticedBy: 'conversations do not hear each other',
    wrap: (inner) => {
      let first: BotSessionHandlers | undefined;
      return wrapped(inner, (handlers) => {
        first ??= handlers;
        const { onSpeech } = first;
        return onSpeech === undefined ? {} : { onSpeech };
      });
    },
  },
  {
    fault: 'speaks after the end',
    noticedBy: 'after the end nobody hears anything',
    wrap: (inner) => {
      let late: BotSessionHandlers | undefined;
      return wrapped(
        inner,
        (handlers) => {
          late = handlers;
          return {};
        },
        (session) => ({
          end: async (reason) => {
            await session.end(reason);
            late?.onPlay?.({ type: 'stop', streamId: 'late' });
          },
        }),
      );
    },
  },
];

describe('the audio part of the contract kit', () => {
  test.each(breakages)('notices a connection that $fault', async ({ noticedBy, wrap }) => {
    const contractCase = audioContractCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const whole = await memoryAudioHarness(wrapped);
    await contractCase.run(whole);
    await whole.dispose();
    const broken = await memoryAudioHarness(wrap);
    await expect(contractCase.run(broken)).rejects.toThrow();
    await broken.dispose();
  });
});

test('each case of audio is shown to fail', () => {
  const shown = new Set(breakages.map(({ noticedBy }) => noticedBy));
  expect(audioContractCases.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

/** The connection as it is, but for the changes. */
function wrapped(
  inner: BotConnection,
  change: Change = () => ({}),
  changeSession: ChangeSession = () => ({}),
): BotConnection {
  return {
    id: inner.id,
    name: inner.name,
    ...(inner.audio && { audio: inner.audio }),
    async open(context, handlers) {
      const session = await inner.open(context, { ...handlers, ...change(handlers) });
      const whole: BotSession = {
        send: (activities) => session.send(activities),
        end: (reason) => session.end(reason),
        ...(session.userAudio && { userAudio: session.userAudio }),
        ...(session.markReached && { markReached: session.markReached }),
      };
      return { ...whole, ...changeSession(whole) };
    },
    close: () => inner.close(),
  };
}
