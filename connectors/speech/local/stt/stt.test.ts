import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SampleRate } from '../../../../src/media/audio.ts';
import type { SttSession, SttSessionEvents } from '../../../../src/speech/ports.ts';
import { createLocalStt, type LocalStt } from './stt.ts';
import type { LocalSttRaw } from './stt-session.ts';
import { overLine, pinkNoise, TestClips } from './stt-test-clips.ts';

type Final = SttSessionEvents['final'][0];

const HINTS = [
  ...['book a flight to {city}', 'change my reservation', 'order status', 'opening hours', 'technical support'],
  ...['cancel my subscription', 'report a lost card', 'track my package', 'pepperoni pizza', 'pay my bill'],
  ...['credit card', 'savings account', 'speak with {name}', 'blue'],
];
const IN_GRAMMAR = [
  ...['yes', 'yes please', 'no thank you', 'book a flight to new york', 'change my reservation', 'order status'],
  ...['technical support', 'cancel my subscription', 'report a lost card', 'track my package', 'pepperoni pizza'],
  ...['pay my bill', 'one two three four', 'twenty three', 'four hundred and twelve', 'monday', 'tomorrow morning'],
  ...['operator', 'main menu', 'hello', 'thank you very much', 'credit card', 'savings account'],
];
const OUT_OF_GRAMMAR = [
  ...['the weather is nice today', 'my dog ate the homework', 'purple elephants dance at night', 'sandwich'],
  ...['i left my umbrella on the train', 'the quick brown fox jumps over the lazy dog', 'chocolate', 'mathematics'],
  ...['my grandmother lives in the mountains', 'play some jazz music'],
];

const clips = new TestClips();
const never = new AbortController().signal;
const warnings: string[] = [];
let stt: LocalStt;

beforeAll(async () => {
  stt = createLocalStt({ workers: 2, log: { warn: (_, message) => warnings.push(message) } });
  await stt.warmUp();
}, 20_000);

afterAll(async () => {
  await Promise.all([stt.close(), clips.close()]);
});

function open(overrides: { contextPhrases?: readonly string[]; language?: string; sampleRate?: SampleRate } = {}) {
  const options = { callId: 'call', language: 'en-US', sampleRate: 8000, contextPhrases: HINTS } as const;
  return stt.open({ ...options, contextBoost: 0, vendorOptions: undefined, ...overrides }, never);
}

/** Writes the clip in 20 ms frames, as an utterance between 300 ms into it and its end. */
function write(session: SttSession, pcm: Int16Array, sampleRate: SampleRate = 8000): void {
  const size = sampleRate / 50;
  for (let i = 0; i < Math.floor(pcm.length / size); i++) {
    if (i === 20) session.startUtterance(100);
    session.write({ samples: pcm.subarray(i * size, (i + 1) * size), sampleRate, timestampMs: i * 20 });
  }
}

async function recognise(session: SttSession, pcm: Int16Array): Promise<Final> {
  const final = once(session, 'final');
  write(session, pcm);
  session.endUtterance(500);
  const [event] = (await final) as [Final];
  return event;
}

/** Four calls at a time. */
async function recogniseAll(sentences: readonly string[], snrDb?: number): Promise<Final[]> {
  const finals: Final[] = [];
  const queue = [...sentences.entries()];
  const call = async () => {
    const session = await open();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      finals[next[0]] = await recognise(session, await clips.say(next[1], 'rms', snrDb));
    }
    session.close();
  };
  await Promise.all([call(), call(), call(), call()]);
  return finals;
}

const heard = (final: Final): string => (final.raw as LocalSttRaw).heard;

describe('what the grammar holds', () => {
  test('is recognised word for word over a telephone line', async () => {
    const wrong: string[] = [];
    const finals = await recogniseAll(IN_GRAMMAR);
    finals.forEach((final, i) => {
      if (final.text !== IN_GRAMMAR[i]) wrong.push(`${IN_GRAMMAR[i]} => ${final.text || `refused: ${heard(final)}`}`);
      else expect(final.confidence).toBeGreaterThanOrEqual(0.5);
    });
    expect(wrong).toEqual([]);
  });

  test('is still recognised at 20 dB of noise', async () => {
    const some = IN_GRAMMAR.slice(3, 15);
    const finals = await recogniseAll(some, 20);
    const right = finals.filter((final, i) => heard(final) === some[i]).length;
    expect(right).toBeGreaterThanOrEqual(some.length - 1);
  });

  test('comes with its numbers as numerals', async () => {
    const session = await open();
    const final = await recognise(session, await clips.say('one two three four', 'rms'));
    expect(final.alternatives.map(({ text }) => text)).toEqual(['one two three four', '1234']);
    session.close();
  });
});

test('what the grammar does not hold is refused', async () => {
  const accepted: string[] = [];
  const finals = await recogniseAll(OUT_OF_GRAMMAR);
  finals.forEach((final, i) => {
    if (!final.rejected) accepted.push(`${OUT_OF_GRAMMAR[i]} => ${final.text}`);
    else expect(final).toMatchObject({ text: '', alternatives: [] });
  });
  expect(accepted).toEqual([]);
});

test.each([
  ['silence', 8],
  ['noise', 600],
])('%s alone is refused', async (_, rms) => {
  const session = await open();
  const final = await recognise(session, overLine(new Int16Array(0), rms, 1000));
  expect(final).toMatchObject({ text: '', rejected: true });
  session.close();
});

test('an utterance of no audio at all is refused, and unbalanced calls are harmless', async () => {
  const session = await open();
  const finals: Final[] = [];
  session.on('final', (final) => finals.push(final));
  session.endUtterance(0);
  session.cancelUtterance();
  session.startUtterance(500);
  session.startUtterance(-5);
  session.endUtterance(9000);
  session.endUtterance(0);
  await once(session, 'final');
  expect(finals).toMatchObject([{ rejected: true }]);
  session.close();
});

test('interim results grow while the caller speaks', async () => {
  const session = await open();
  const interims: string[] = [];
  session.on('interim', ({ text }) => interims.push(text));
  const pcm = await clips.say('i want to book a flight to new york', 'rms');
  for (let i = 0; i < pcm.length / 160 - 25; i++) {
    if (i === 20) session.startUtterance(100);
    session.write({ samples: pcm.subarray(i * 160, (i + 1) * 160), sampleRate: 8000, timestampMs: i * 20 });
    await new Promise((resolve) => setTimeout(resolve, 6));
  }
  await expect.poll(() => interims.at(-1) ?? '').toContain('book a flight');
  expect(interims.length).toBeGreaterThan(1);
  session.close();
});

test('a cancelled utterance gives no result, and the next one is not disturbed', async () => {
  const session = await open();
  const finals: Final[] = [];
  session.on('final', (final) => finals.push(final));
  write(session, await clips.say('order status', 'rms'));
  session.cancelUtterance();
  expect((await recognise(session, await clips.say('technical support', 'rms'))).text).toBe('technical support');
  expect(finals).toHaveLength(1);
  session.close();
});

test('six calls at once each hear their own', async () => {
  const sentences = [
    'order status',
    'technical support',
    'pepperoni pizza',
    'track my package',
    'main menu',
    'pay my bill',
  ];
  const audio = await Promise.all(sentences.map((sentence) => clips.say(sentence, 'rms')));
  const sessions = await Promise.all(sentences.map(() => open()));
  const finals = await Promise.all(audio.map((pcm, i) => recognise(sessions[i] as SttSession, pcm)));
  expect(finals.map(({ text }) => text)).toEqual(sentences);
  for (const session of sessions) session.close();
});

test('finals come in the order of their utterances', async () => {
  const session = await open();
  const texts: string[] = [];
  session.on('final', ({ text }) => texts.push(text));
  for (const sentence of ['cancel my subscription', 'yes', 'pepperoni pizza']) {
    write(session, await clips.say(sentence, 'rms'));
    session.endUtterance(500);
  }
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['cancel my subscription', 'yes', 'pepperoni pizza']);
  session.close();
});

test('new hints hold from the next utterance on', async () => {
  const session = await open({ contextPhrases: ['apples'] });
  const pcm = await clips.say('grapefruit juice', 'rms');
  expect((await recognise(session, pcm)).text).not.toBe('grapefruit juice');
  session.updateHints(['grapefruit juice', 'Ananassaft!']);
  expect((await recognise(session, pcm)).text).toBe('grapefruit juice');
  session.close();
});

test('wideband frames are brought to the rate of the model', async () => {
  const session = await open({ sampleRate: 16_000 });
  const narrow = await clips.say('technical support', 'rms');
  const wide = Int16Array.from({ length: narrow.length * 2 }, (_, i) => {
    const at = i >> 1;
    return i % 2 === 0 ? (narrow[at] ?? 0) : ((narrow[at] ?? 0) + (narrow[at + 1] ?? 0)) / 2;
  });
  const final = once(session, 'final');
  write(session, wide, 16_000);
  session.endUtterance(500);
  expect(((await final) as [Final])[0].text).toBe('technical support');
  session.close();
});

test('speech beyond the limit of an utterance is left out, not kept', async () => {
  const session = await open();
  const frame = Int16Array.from(pinkNoise(160, 20));
  session.startUtterance(0);
  for (let i = 0; i < 1500; i++) session.write({ samples: frame, sampleRate: 8000, timestampMs: i * 20 });
  const final = once(session, 'final');
  session.endUtterance(0);
  expect((((await final) as [Final])[0].raw as LocalSttRaw).truncated).toBe(true);
  session.close();
});

describe('opening', () => {
  test('an unknown language is refused with those that are known', async () => {
    await expect(open({ language: 'de-DE' })).rejects.toMatchObject({
      code: 'speech_rejected',
      message: expect.stringMatching(/de-DE.*en-US and fr-FR/),
    });
  });

  test('a rate that does not fit is refused', async () => {
    await expect(open({ sampleRate: 44_100 })).rejects.toMatchObject({ code: 'speech_rejected' });
  });

  test('French loads its own model', async () => {
    const session = await open({ language: 'fr-FR', contextPhrases: ['réserver un vol pour {city}'] });
    const final = await recognise(session, overLine(new Int16Array(0), 8, 600));
    expect(final.rejected).toBe(true);
    session.close();
  });

  test('an aborted call closes its session', async () => {
    const call = new AbortController();
    const options = { callId: 'c', language: 'en-US', sampleRate: 8000, contextPhrases: [] } as const;
    const session = await stt.open({ ...options, contextBoost: 0, vendorOptions: undefined }, call.signal);
    const closed = once(session, 'closed');
    call.abort();
    await closed;
    expect(session.closed).toBe(true);
    session.startUtterance(0);
    session.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
    session.endUtterance(0);
  });
});

test('closing ends the threads and the sessions', async () => {
  const threads = () =>
    process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
  const before = threads();
  const other = createLocalStt({ workers: 1, log: { warn: (_, message) => warnings.push(message) } });
  const options = { callId: 'c', language: 'en-US', sampleRate: 8000, contextPhrases: [] } as const;
  const session = await other.open({ ...options, contextBoost: 0, vendorOptions: undefined }, never);
  write(session, await clips.say('yes', 'rms'));
  session.endUtterance(0);
  await Promise.all([other.close(), other.close()]);
  expect(session.closed).toBe(true);
  expect(threads()).toBe(before);
  await expect(other.warmUp()).rejects.toMatchObject({ code: 'speech_unavailable' });
});

test('the operator is told once of phrases that cannot be used', async () => {
  const logged: Record<string, unknown>[] = [];
  const other = createLocalStt({ workers: 1, log: { warn: (fields) => logged.push(fields) } });
  const options = { callId: 'c', language: 'en-US', sampleRate: 8000, contextPhrases: ['...', 'billing'] } as const;
  for (let calls = 0; calls < 2; calls++) {
    (await other.open({ ...options, contextBoost: 0, vendorOptions: undefined }, never)).close();
  }
  await other.close();
  expect(logged).toEqual([{ ignored: 1, phrases: 2 }]);
});

test('an utterance survives the death of the thread that decodes it', async () => {
  const threads: Worker[] = [];
  const logged: string[] = [];
  const spawn = () => {
    const thread = new Worker(new URL('./stt-worker.ts', import.meta.url), { execArgv: [] });
    threads.push(thread);
    return thread;
  };
  const fragile = createLocalStt({ workers: 1, spawn, log: { warn: (_, message) => logged.push(message) } });
  const options = { callId: 'c', language: 'en-US', sampleRate: 8000, contextPhrases: HINTS } as const;
  const session = await fragile.open({ ...options, contextBoost: 0, vendorOptions: undefined }, never);
  const result = recognise(session, await clips.say('technical support', 'rms'));
  await threads[0]?.terminate();
  expect((await result).text).toBe('technical support');
  expect(threads).toHaveLength(2);
  expect(logged).toEqual(['a decoder thread died: restarting it']);
  await fragile.close();
});

test('nothing was logged that an operator should worry about', () => {
  expect(warnings).toEqual([]);
});
