import { expect, it } from 'vitest';
import { DecoderSession } from './decoder-session.ts';
import type { PoolResult } from './decoder-workers.ts';

const LIMITS = {
  utteranceMs: 1_000,
  firstInterimMs: 1_000,
  interimMs: 100,
  interimGrowth: 0.4,
  longestInterimMs: 1_000,
};
const FRAME = { samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 } as const;

/** Its decoder hears a number for each utterance, and of some its reading throws. */
function openSession(unreadable: readonly number[] = []) {
  let heard = 0;
  const decode = async (): Promise<PoolResult<number>> => {
    heard += 1;
    return { decoded: heard, decodeMs: 0, queuedMs: 0 };
  };
  const session = new DecoderSession(
    {
      name: 'the recogniser',
      pool: { decode, decodeIfIdle: () => undefined },
      reading: {
        interim: () => '',
        final: ({ decoded }) => {
          if (unreadable.includes(decoded)) throw new TypeError(`cannot read ${decoded}`);
          return { text: String(decoded), confidence: 1, alternatives: [], rejected: false, raw: undefined };
        },
        failure: () => undefined,
      },
      limits: LIMITS,
      samplesPerMs: 8,
      resampler: { process: (samples) => samples },
      grammar: { key: 'any' },
    },
    new AbortController().signal,
  );
  const events: string[] = [];
  session.on('final', ({ text }) => events.push(text));
  session.on('error', ({ message, retryable }) => events.push(`${message}${retryable ? ', retryable' : ''}`));
  session.on('closed', () => events.push('closed'));
  return {
    ...{ session, events },
    async utter() {
      session.startUtterance(0);
      session.write(FRAME);
      session.endUtterance(0);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it('what is thrown while a text is told ends the session with an error that says so, and is thrown nowhere else', async () => {
  const { session, events, utter } = openSession([2]);
  for (let i = 0; i < 3; i += 1) await utter();
  expect(events).toEqual(['1', 'the recogniser broke off: cannot read 2, retryable', 'closed']);
  expect(session.closed).toBe(true);
});

it('so does who listens and throws', async () => {
  const { events, session, utter } = openSession();
  session.on('final', () => {
    throw new Error('not now');
  });
  await utter();
  expect(events).toEqual(['1', 'the recogniser broke off: not now, retryable', 'closed']);
});
