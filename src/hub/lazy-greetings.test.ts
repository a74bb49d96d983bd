import { expect, it } from 'vitest';
import type { AudioFrame } from '../media/audio.ts';
import type { GreetingRecognizer } from '../speech/ports.ts';
import { lazyGreetings, type OpenedGreetings } from './lazy-greetings.ts';

/** @param broken what a recogniser that is there at once does, whatever is asked of it */
function set(broken?: () => never) {
  const { promise, resolve, reject } = Promise.withResolvers<OpenedGreetings | undefined>();
  const asked: string[] = [];
  const warned: string[] = [];
  let loads = 0;
  const loaded: GreetingRecognizer = {
    languages: ['en', 'en-GB'],
    dictation: true,
    prepare: (language) => void asked.push(`prepares ${language}`),
    listen: () => {
      asked.push('listens');
      return { write: ({ samples }) => void asked.push(`hears ${samples}`), close: () => void asked.push('ends') };
    },
  };
  const { greetings, close } = lazyGreetings(
    { languages: ['en'], dictation: true },
    () => {
      loads++;
      if (broken === undefined) return promise;
      const greetings = { ...loaded, prepare: broken, listen: broken };
      return Promise.resolve({ greetings, close: async () => {} });
    },
    { warn: (_, message) => void warned.push(message) },
  );
  const call = new AbortController();
  return {
    ...{ asked, warned, greetings, close, call, reject, loads: () => loads },
    arrive: () => resolve({ greetings: loaded, close: async () => void asked.push('closed') }),
    listen: () => greetings.listen({ callId: 'c', language: 'en', guessed: () => {} }, call.signal),
  };
}

const frame = (...samples: number[]): AudioFrame => ({
  samples: Int16Array.from(samples),
  sampleRate: 8000,
  timestampMs: 0,
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('is loaded once, by the first call, and then hears what was said meanwhile', async () => {
  const { asked, greetings, loads, arrive, listen, close } = set();
  expect([greetings.languages, loads()]).toEqual([['en'], 0]);
  greetings.prepare('en-US');
  const listener = listen();
  const first = frame(1, 2);
  listener.write(first);
  first.samples.fill(0);
  listener.write(frame(3));
  arrive();
  await settled();
  listener.write(frame(4));
  listener.close();
  expect(asked).toEqual(['prepares en-US', 'listens', 'hears 1,2', 'hears 3', 'hears 4', 'ends']);
  listen().close();
  expect([greetings.languages, loads()]).toEqual([['en', 'en-GB'], 1]);
  await close();
  expect(asked.at(-1)).toBe('closed');
});

it('hears nothing for a call that is over before', async () => {
  const { asked, arrive, listen, call } = set();
  listen().close();
  listen();
  call.abort();
  arrive();
  await settled();
  expect(asked).toEqual([]);
});

it('that throws is told of, and costs nothing but its own words', async () => {
  const { warned, greetings, close } = set(() => {
    throw new Error('broken');
  });
  greetings.prepare('en');
  greetings.listen({ callId: 'c', language: 'en', guessed: () => {} }, new AbortController().signal).write(frame(1));
  await settled();
  expect(warned).toEqual(['a recogniser of greetings does not get ready', 'a recogniser of greetings does not listen']);
  await close();
});

it('is not loaded any more when the hub has closed it', async () => {
  const { greetings, loads, listen, close } = set();
  await close();
  greetings.prepare('en');
  listen().write(frame(1));
  await settled();
  expect(loads()).toBe(0);
});

it('knows no language where it cannot be loaded', async () => {
  const { warned, greetings, reject, listen, close } = set();
  const listener = listen();
  listener.write(frame(1));
  reject(new Error('broken'));
  await settled();
  listener.write(frame(2));
  listener.close();
  expect(greetings.languages).toEqual([]);
  expect(warned).toEqual(['a recogniser of greetings cannot be loaded']);
  await close();
});

it('closes without having been loaded', async () => {
  const { close, loads } = set();
  await close();
  expect(loads()).toBe(0);
});
