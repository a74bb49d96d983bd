import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { AudioFiles } from './audio-files.ts';
import type { Failover } from './failover.ts';
import { FakeTts, spokenText } from './fake-tts.ts';
import type { TextToSpeech, TtsRequest } from './ports.ts';
import { sentencewise } from './sentencewise.ts';
import { ServiceHealth } from './service-health.ts';
import { steadyTts } from './steady-tts.ts';
import { StickyChoice } from './sticky-choice.ts';
import { type CacheUse, cachedTts } from './tts-cache.ts';

const clock = new VirtualClock();

function requestFor(text: string, more: Partial<TtsRequest> = {}): TtsRequest {
  return { callId: 'call', text, language: 'en-US', voice: undefined, sampleRate: 8000, ...more };
}

/** Says a text while the clock runs; tells when its first audio came. */
async function say(tts: TextToSpeech, request: TtsRequest, signal = new AbortController().signal) {
  const startedAt = clock.now();
  const chunks: Int16Array[] = [];
  let firstAt: number | undefined;
  const speaking = (async () => {
    for await (const chunk of tts.synthesize(request, signal)) {
      firstAt ??= clock.now() - startedAt;
      chunks.push(chunk);
    }
  })();
  let over = false;
  speaking.then(
    () => (over = true),
    () => (over = true),
  );
  for (let i = 0; i < 500 && !over; i += 1) await clock.run(20);
  await speaking;
  return { text: spokenText(chunks), firstAt };
}

describe('steadyTts', () => {
  function rig(spare: { latencyMs?: number } = {}, first: { latencyMs?: number } = {}) {
    const fakes = [new FakeTts({ id: 'a', clock, ...first }), new FakeTts({ id: 'b', clock, ...spare })] as const;
    const failovers: Failover[] = [];
    const tts = steadyTts({
      candidates: fakes.map((fake) => ({
        tts: fake,
        health: new ServiceHealth({ probe: async () => {}, probeAfterMs: 60_000, onChange: () => {} }),
      })),
      firstAudioMs: 1_000,
      clock,
      choice: new StickyChoice(),
      onFailover: (failover) => failovers.push(failover),
    });
    return { a: fakes[0], b: fakes[1], tts, failovers };
  }

  it('uses the first service', async () => {
    const { tts, b } = rig();
    expect(await say(tts, requestFor('hello world'))).toEqual({ text: 'hello world', firstAt: 50 });
    expect(b.requests).toEqual([]);
  });

  it('goes on with the next one when the first hangs, within 1.5 s, and stays there', async () => {
    const { tts, a, b, failovers } = rig();
    a.hangs = true;
    const parameters = { ttsEnhancedVoice: 'of a' };
    const { text, firstAt } = await say(tts, requestFor('hello', { voice: 'of a', parameters }));
    expect(text).toBe('hello');
    expect(firstAt).toBeLessThanOrEqual(1_500);
    expect(b.requests[0]?.request.voice).toBeUndefined();
    expect(b.requests[0]?.request.parameters).toBeUndefined();
    expect(failovers).toEqual([
      { kind: 'tts', callId: 'call', from: 'a', to: 'b', why: 'a: no audio for 1000 ms', code: 'speech_timeout' },
    ]);
    a.hangs = false;
    await say(tts, requestFor('again'));
    expect(a.requests).toHaveLength(1);
    expect(a.requests[0]?.outcome).toBe('aborted');
  });

  it('asks the next one as well when the first is late, so that a slow one sounds within 1.5 s all the same', async () => {
    const { tts, a, b } = rig({ latencyMs: 700 });
    a.hangs = true;
    const { text, firstAt } = await say(tts, requestFor('hello'));
    expect(text).toBe('hello');
    expect(firstAt).toBeLessThanOrEqual(1_300);
    expect(b.requests.map(({ outcome }) => outcome)).toEqual(['done']);
  });

  it('lets the next one go when the first speaks after all', async () => {
    const { tts, b, failovers } = rig({}, { latencyMs: 800 });
    expect(await say(tts, requestFor('hello world'))).toEqual({ text: 'hello world', firstAt: 800 });
    expect(b.requests.map(({ outcome }) => outcome)).toEqual(['aborted']);
    expect(failovers).toEqual([]);
  });

  it('says a text again that failed in the middle', async () => {
    const { tts, a } = rig();
    a.fail(1);
    expect((await say(tts, requestFor('one two three'))).text).toBe('one one two three');
  });

  it('leaves a service out that failed twice in other calls', async () => {
    const { tts, a } = rig();
    a.fail(0);
    await say(tts, requestFor('x', { callId: 'first' }));
    await say(tts, requestFor('x', { callId: 'second' }));
    await say(tts, requestFor('x', { callId: 'third' }));
    expect(a.requests).toHaveLength(2);
  });

  it('a refused request does not speak against the service', async () => {
    const { tts, a } = rig();
    a.fail(0, 'speech_rejected');
    for (const callId of ['first', 'second', 'third']) await say(tts, requestFor('x', { callId }));
    expect(a.requests).toHaveLength(3);
  });

  it('fails when the last one fails; an abort is no failure', async () => {
    const { tts, a, b, failovers } = rig();
    a.fail(0);
    b.fail(0);
    await expect(say(tts, requestFor('x'))).rejects.toThrow('the fake failed on request');
    const abort = new AbortController();
    a.fail(undefined);
    a.hangs = true;
    clock.after(100, () => abort.abort());
    expect(await say(tts, requestFor('y', { callId: 'other' }), abort.signal)).toEqual({
      text: '',
      firstAt: undefined,
    });
    expect(failovers).toHaveLength(1);
  });
});

describe('sentencewise', () => {
  it('speaks the first sentence while the next is made, and loses nothing', async () => {
    const fake = new FakeTts({ clock, streaming: false });
    const { text, firstAt } = await say(sentencewise(fake), requestFor('One. Two three. Four?'));
    expect(fake.requests.map(({ request }) => request.text)).toEqual(['One.', 'Two three.', 'Four?']);
    expect(text).toBe('One.Two three.Four?');
    expect(firstAt).toBeLessThanOrEqual(60);
  });

  it('does not make what is not wanted any more', async () => {
    const fake = new FakeTts({ clock, streaming: false });
    const abort = new AbortController();
    clock.after(70, () => abort.abort());
    await say(sentencewise(fake), requestFor('One. Two. Three. Four. Five.'), abort.signal);
    expect(fake.requests.length).toBeLessThanOrEqual(2);
  });

  it('leaves a service that streams alone, and SSML whole', async () => {
    const streaming = new FakeTts({ clock });
    await say(sentencewise(streaming), requestFor('One. Two.'));
    expect(streaming.requests).toHaveLength(1);
    const whole = new FakeTts({ clock, streaming: false });
    await say(sentencewise(whole), requestFor('<speak>One. Two.</speak>'));
    expect(whole.requests).toHaveLength(1);
  });
});

describe('the cache', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'speech-cache-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  async function rig(maxBytes = 1_000_000) {
    const fake = new FakeTts({ clock });
    const uses: CacheUse[] = [];
    const opened = new AudioFiles(directory, maxBytes);
    await opened.open();
    const writes: Promise<void>[] = [];
    const write: AudioFiles['write'] = (name, samples) => {
      const writing = opened.write(name, samples);
      writes.push(writing);
      return writing;
    };
    const files = { read: (name: string) => opened.read(name), write, bytes: () => opened.bytes };
    const tts = cachedTts(fake, { files, settings: {}, onUse: (use) => uses.push(use) });
    /** Says a text, and waits until what is to be kept is on disk. */
    const keep = async (request: TtsRequest) => {
      const said = await say(tts, request);
      await Promise.all(writes);
      return said;
    };
    return { fake, files, uses, tts, keep };
  }

  it('says a text a second time without its service, also after a restart', async () => {
    const { tts, fake, uses, keep } = await rig();
    await keep(requestFor('hello world'));
    expect((await say(tts, requestFor('hello world'))).text).toBe('hello world');
    expect(fake.requests).toHaveLength(1);
    expect(uses).toEqual(['miss', 'hit']);
    const again = await rig();
    expect((await say(again.tts, requestFor('hello world'))).text).toBe('hello world');
    expect(again.fake.requests).toEqual([]);
  });

  it.each([
    ['text', { text: 'hello you' }],
    ['voice', { voice: 'x' }],
    ['language', { language: 'de-DE' }],
    ['rate', { sampleRate: 16000 }],
    ['what else is set', { parameters: { ttsOverrideConfig: { speed: 2 } } }],
  ] as const)('tells apart by %s', async (_, other) => {
    const { tts, fake } = await rig();
    await say(tts, requestFor('hello'));
    await say(tts, requestFor('hello', other));
    expect(fake.requests).toHaveLength(2);
  });

  it('keeps out what is not to be kept', async () => {
    const { tts, fake } = await rig();
    for (let i = 0; i < 2; i += 1) await say(tts, requestFor('secret', { cache: false }));
    expect(fake.requests).toHaveLength(2);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('makes a text once for all who ask for it at the same time', async () => {
    const { tts, fake, uses } = await rig();
    const all = await Promise.all(Array.from({ length: 5 }, () => say(tts, requestFor('hello there'))));
    expect(all.map(({ text }) => text)).toEqual(Array(5).fill('hello there'));
    expect(fake.requests).toHaveLength(1);
    expect(uses.filter((use) => use === 'shared')).toHaveLength(4);
  });

  it('one who hangs up does not take it from the others; the last one who does ends it', async () => {
    const { tts, fake } = await rig();
    const abort = new AbortController();
    clock.after(40, () => abort.abort());
    const [, other] = await Promise.all([
      say(tts, requestFor('hello there'), abort.signal),
      say(tts, requestFor('hello there')),
    ]);
    expect(other.text).toBe('hello there');
    expect(fake.requests).toHaveLength(1);
    const last = new AbortController();
    fake.hangs = true;
    clock.after(40, () => last.abort());
    await say(tts, requestFor('never mind'), last.signal);
    expect(fake.requests[1]?.outcome).toBe('aborted');
    fake.hangs = false;
    expect((await say(tts, requestFor('never mind'))).text).toBe('never mind');
  });

  it('keeps nothing of what failed, and tells everybody who waited', async () => {
    const { tts, fake } = await rig();
    fake.fail(1);
    const outcomes = await Promise.allSettled([say(tts, requestFor('one two')), say(tts, requestFor('one two'))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fake.fail(undefined);
    expect((await say(tts, requestFor('one two'))).text).toBe('one two');
  });

  it('stays within its size: what was longest not used goes', async () => {
    const { fake, files, keep } = await rig(60);
    await keep(requestFor('first text'));
    await keep(requestFor('second one'));
    await keep(requestFor('first text'));
    await keep(requestFor('the third!'));
    await keep(requestFor('and fourth'));
    expect(files.bytes()).toBeLessThanOrEqual(60);
    await keep(requestFor('first text'));
    await keep(requestFor('second one'));
    expect(fake.requests.map(({ request }) => request.text).slice(4)).toEqual(['second one']);
  });

  it('clears up behind a hub that was killed, takes the oldest away first, and lets other files be', async () => {
    const name = (digit: string) => digit.repeat(64);
    for (const [index, digit] of ['a', 'b', 'c'].entries()) {
      writeFileSync(join(directory, name(digit)), Buffer.alloc(20));
      utimesSync(join(directory, name(digit)), 1_000 + index, 1_000 + index);
    }
    writeFileSync(join(directory, `${name('d')}.0.part`), 'half');
    writeFileSync(join(directory, 'README'), 'mine');
    const files = new AudioFiles(directory, 40);
    await files.open();
    expect(readdirSync(directory).sort()).toEqual(['README', name('b'), name('c')].sort());
    expect(await files.read(name('a'))).toBeUndefined();
    expect(await files.read(name('b'))).toHaveLength(10);
    rmSync(join(directory, name('c')));
    expect(await files.read(name('c'))).toBeUndefined();
    expect(files.bytes).toBe(20);
    await files.write(name('e'), new Int16Array(4));
    expect(statSync(join(directory, name('e'))).mode & 0o777).toBe(0o600);
  });
});
