import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleRate } from '../../../../src/media/audio.ts';
import type { TtsRequest } from '../../../../src/speech/ports.ts';
import { createLocalTts, type LocalTts } from './tts.ts';
import { FLITE_VOICES } from './tts-voices.ts';

const installed = spawnSync('espeak-ng', ['--version']).status === 0;
const never = new AbortController().signal;
const SENTENCE = 'Your appointment is on Tuesday at ten in the morning, is that right?';
const REPLY = `Thank you for calling. ${SENTENCE} Otherwise, tell me which day suits you best. I can send a reminder.`;

function request(text: string, overrides: Partial<TtsRequest> = {}): TtsRequest {
  return { callId: 'call', text, language: 'en-US', voice: undefined, sampleRate: 8000, ...overrides };
}

async function chunksOf(tts: LocalTts, wanted: TtsRequest, signal = never): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const chunk of tts.synthesize(wanted, signal)) chunks.push(chunk);
  return chunks;
}

function measure(chunks: readonly Int16Array[], sampleRate: SampleRate) {
  const samples = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let peak = 0;
  let energy = 0;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      peak = Math.max(peak, Math.abs(sample));
      energy += sample * sample;
    }
  }
  return { seconds: samples / sampleRate, peak, rmsDb: 20 * Math.log10(Math.sqrt(energy / samples) / 32768) };
}

/** Energy above `fromHz` relative to all, by differences of a sparse DFT; enough to tell a low-passed signal from noise. */
function zeroCrossingsPerSecond(chunks: readonly Int16Array[], sampleRate: SampleRate): number {
  let crossings = 0;
  let samples = 0;
  for (const chunk of chunks) {
    for (let i = 1; i < chunk.length; i++) if ((chunk[i] ?? 0) >= 0 !== (chunk[i - 1] ?? 0) >= 0) crossings++;
    samples += chunk.length;
  }
  return (crossings * sampleRate) / samples;
}

let tts: LocalTts;
const warnings: string[] = [];
beforeAll(async () => {
  tts = createLocalTts({ id: 'local', warn: (message) => warnings.push(message) });
  await tts.warmUp();
});
afterAll(() => tts.close());

describe('English', () => {
  it.each(FLITE_VOICES)('%s speaks: plausible length, even level, not clipped', async (voice) => {
    const { seconds, peak, rmsDb } = measure(await chunksOf(tts, request(SENTENCE, { voice })), 8000);
    expect(seconds).toBeGreaterThan(2.5);
    expect(seconds).toBeLessThan(6);
    expect(peak).toBeLessThanOrEqual(31_000);
    expect(rmsDb).toBeGreaterThan(-26);
    expect(rmsDb).toBeLessThan(-19);
  });

  it.each([8000, 16_000, 24_000, 48_000] as const)(
    'speaks at %i Hz, at the same pitch and pace',
    async (sampleRate) => {
      const chunks = await chunksOf(tts, request(SENTENCE, { sampleRate, voice: 'kal' }));
      const { seconds } = measure(chunks, sampleRate);
      expect(seconds).toBeGreaterThan(3);
      expect(seconds).toBeLessThan(4.5);
      expect(zeroCrossingsPerSecond(chunks, sampleRate)).toBeGreaterThan(500);
      expect(zeroCrossingsPerSecond(chunks, sampleRate)).toBeLessThan(4000);
    },
  );

  it('begins with sound, not with silence', async () => {
    const [first = new Int16Array(0)] = await chunksOf(tts, request('Yes.'));
    expect(measure([first.subarray(0, 8 * 120)], 8000).rmsDb).toBeGreaterThan(-40);
  });

  it('gives the first sentence before the last one is made', async () => {
    const abort = new AbortController();
    const stream = tts.synthesize(request(REPLY), abort.signal)[Symbol.asyncIterator]();
    const first = await stream.next();
    expect(first.done).toBe(false);
    const firstSeconds = (first.value?.length ?? 0) / 8000;
    abort.abort();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    const whole = measure(await chunksOf(tts, request(REPLY)), 8000).seconds;
    expect(firstSeconds).toBeLessThan(whole / 3);
    expect(await chunksOf(tts, request(REPLY))).toHaveLength(4);
  });

  it('gives the same audio for the same request', async () => {
    expect(await chunksOf(tts, request(REPLY))).toEqual(await chunksOf(tts, request(REPLY)));
  });

  it('pauses between sentences', async () => {
    const [, second = new Int16Array(0)] = await chunksOf(tts, request('One. Two.'));
    const pause = second.findIndex((sample) => sample !== 0) / 8;
    expect(pause).toBeGreaterThanOrEqual(200);
    expect(pause).toBeLessThan(260);
  });

  it.each(['', '   ', '😀', '...', '<speak></speak>', 'Привет'])('makes no audio of %j', async (text) => {
    expect(await chunksOf(tts, request(text))).toEqual([]);
  });

  it('speaks SSML without its mark-up and tells so once', async () => {
    const plain = await chunksOf(tts, request('Hello you & me.'));
    for (let i = 0; i < 2; i++) {
      expect(await chunksOf(tts, request('<speak>Hello <emphasis>you</emphasis> &amp; me.</speak>'))).toEqual(plain);
    }
    expect(warnings.filter((message) => message.includes('SSML'))).toHaveLength(1);
  });
});

describe('many calls', () => {
  it('gives each call its own words', async () => {
    const texts = ['Yes.', SENTENCE, 'Good morning to you.', REPLY, 'No, thank you.', 'One two three four five six.'];
    const alone: Int16Array[][] = [];
    for (const text of texts) alone.push(await chunksOf(tts, request(text)));
    const together = await Promise.all(texts.map((text, i) => chunksOf(tts, request(text, { callId: `call-${i}` }))));
    expect(together).toEqual(alone);
  });

  it('lets a call in between the sentences of a long text', async () => {
    const finished: string[] = [];
    const long = chunksOf(tts, request(REPLY.repeat(4), { callId: 'long' })).then(() => finished.push('long'));
    const short = chunksOf(tts, request('Yes.', { callId: 'short' })).then(() => finished.push('short'));
    await Promise.all([long, short]);
    expect(finished).toEqual(['short', 'long']);
  });

  it('ends an aborted text without an error and speaks for the next call', async () => {
    const abort = new AbortController();
    const chunks: Int16Array[] = [];
    for await (const chunk of tts.synthesize(request(REPLY.repeat(10)), abort.signal)) {
      chunks.push(chunk);
      abort.abort();
    }
    expect(chunks).toHaveLength(1);
    expect(await chunksOf(tts, request('Yes.'), abort.signal)).toEqual([]);
    expect(await chunksOf(tts, request('Yes.', { callId: 'next' }))).toHaveLength(1);
  });

  it('stops working when the consumer leaves', async () => {
    for await (const chunk of tts.synthesize(request(REPLY.repeat(10)), never)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await chunksOf(tts, request('Yes.'))).toHaveLength(1);
  });
});

describe('what is refused', () => {
  it.each([
    ['an unknown voice', { voice: 'nobody' }, /no local voice "nobody".*flite\/slt/],
    ['a voice that is a path', { voice: 'flite/../../x.flitevox' }, /no local voice/],
  ])('%s', async (_, overrides, message) => {
    await expect(chunksOf(tts, request('Yes.', overrides))).rejects.toMatchObject({
      code: 'speech_rejected',
      message: expect.stringMatching(message),
    });
  });

  it('a text that is too long', async () => {
    await expect(chunksOf(tts, request('x'.repeat(10_001)))).rejects.toMatchObject({ code: 'speech_rejected' });
  });

  it('another language while espeak-ng is missing, with what to install; English still works', async () => {
    const poor = createLocalTts({ id: 'local', espeakPath: '/nonexistent/espeak-ng' });
    try {
      await poor.warmUp();
      expect(poor.capabilities.languages).toEqual(['en']);
      await expect(chunksOf(poor, request('Guten Tag', { language: 'de-DE' }))).rejects.toMatchObject({
        code: 'speech_unavailable',
        message: expect.stringMatching(/apt-get install espeak-ng/),
      });
      expect(await chunksOf(poor, request('Yes.'))).toHaveLength(1);
    } finally {
      await poor.close();
    }
    await expect(chunksOf(poor, request('Yes.'))).rejects.toMatchObject({ code: 'speech_unavailable' });
  });
});

describe.skipIf(!installed)('other languages (skipped when espeak-ng is not installed)', () => {
  const GERMAN = 'Guten Tag, wie kann ich Ihnen heute helfen? Wir sehen uns am 3. Mai.';

  it('are known after warm-up', () => {
    expect(tts.capabilities.languages).toEqual(expect.arrayContaining(['en', 'de', 'fr-fr', 'pt-br']));
  });

  it.each([
    ['de-DE', GERMAN],
    ['fr-FR', "Bonjour, comment puis-je vous aider aujourd'hui ?"],
    ['pt-BR', 'Bom dia, em que posso ajudar?'],
    ['uk-UA', 'Добрий день, чим можу допомогти?'],
    ['zh-CN', '你好，我能帮你什么吗？'],
  ])('%s is spoken: plausible length, same level as English', async (language, text) => {
    const { seconds, peak, rmsDb } = measure(await chunksOf(tts, request(text, { language })), 8000);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(9);
    expect(peak).toBeLessThanOrEqual(31_000);
    expect(rmsDb).toBeGreaterThan(-26);
    expect(rmsDb).toBeLessThan(-19);
  });

  it('a voice of a request is obeyed, also with a variant, also for English', async () => {
    const man = await chunksOf(tts, request('Hello there.', { voice: 'espeak-ng/en-us' }));
    const woman = await chunksOf(tts, request('Hello there.', { voice: 'espeak-ng/en-us+f3' }));
    expect(man).toHaveLength(1);
    expect(woman).toHaveLength(1);
    expect(woman).not.toEqual(man);
    await expect(chunksOf(tts, request('Hello.', { voice: 'espeak-ng/nobody' }))).rejects.toMatchObject({
      code: 'speech_rejected',
    });
    await expect(chunksOf(tts, request('Hello.', { language: 'tlh' }))).rejects.toMatchObject({
      code: 'speech_rejected',
    });
  });

  it("the service's voice is used for its language only", async () => {
    const configured = createLocalTts({ id: 'local', voice: 'espeak-ng/de+f3' });
    try {
      const chosen = await chunksOf(configured, request(GERMAN, { language: 'de-AT' }));
      expect(chosen).toEqual(await chunksOf(tts, request(GERMAN, { language: 'de', voice: 'espeak-ng/de+f3' })));
      expect(await chunksOf(configured, request('Yes.'))).toEqual(await chunksOf(tts, request('Yes.')));
    } finally {
      await configured.close();
    }
  });
});
