import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../../src/clock.ts';
import { Espeak } from './espeak.ts';
import type { SentenceJob } from './flite-pool.ts';

const never = new AbortController().signal;
const job = (text: string, voice = 'de'): SentenceJob => ({ callId: 'a', urgent: true, voice, text, sampleRate: 8000 });
const installed = spawnSync('espeak-ng', ['--version']).status === 0;

let directory: string;
let espeak: Espeak;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'espeak-test-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => espeak.close());

/** A program that stands in for espeak-ng. */
function script(body: string): string {
  const file = join(directory, `program-${Math.abs(hash(body))}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

function hash(text: string): number {
  return [...text].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) | 0, 7);
}

function start(program: string, clock: Clock = systemClock): Espeak {
  espeak = new Espeak({ program, processes: 1, clock });
  return espeak;
}

describe('Espeak without a usable program', () => {
  it('says what to install when it is missing', async () => {
    start('/nonexistent/espeak-ng');
    await expect(espeak.voices()).rejects.toMatchObject({
      code: 'speech_unavailable',
      message: expect.stringMatching(/apt-get install espeak-ng.*espeakPath/),
    });
    await expect(espeak.synthesize(job('Hallo'), never)).rejects.toMatchObject({ code: 'speech_unavailable' });
    expect(espeak.processes).toBe(0);
  });

  it('asks for the voices again after a failure', async () => {
    const flag = join(directory, 'ready');
    const program = script(`test -e ${flag} || exit 1; echo ' 5  de  --/M  German  gmw/de'`);
    start(program);
    await expect(espeak.voices()).rejects.toMatchObject({ code: 'speech_failed' });
    writeFileSync(flag, '');
    expect((await espeak.voices()).voices.map((voice) => voice.id)).toEqual(['de']);
  });

  it.each([
    [
      'another program',
      'cat >/dev/null; echo "this is not audio, it is a text of more than forty-four bytes"',
      /not a WAV header/,
    ],
    ['a failing program', 'echo "no such dictionary" >&2; exit 1', /no such dictionary/],
    ['a program that is killed', 'kill -9 $$', /SIGKILL/],
  ])('fails clearly with %s', async (_, body, message) => {
    start(script(body));
    await expect(espeak.synthesize(job('Hallo'), never)).rejects.toMatchObject({
      code: 'speech_failed',
      message: expect.stringMatching(message),
    });
    expect(espeak.processes).toBe(0);
  });

  it('stops a program that writes without end', async () => {
    start(script('exec cat /dev/zero'));
    await expect(espeak.synthesize(job('Hallo'), never)).rejects.toMatchObject({ code: 'speech_failed' });
    expect(espeak.processes).toBe(0);
  });

  it('kills a program that hangs', async () => {
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      after: (_, fn) => {
        timers.push(fn);
        return () => undefined;
      },
    };
    start(script('exec sleep 60'), clock);
    const hung = expect(espeak.synthesize(job('Hallo'), never)).rejects.toMatchObject({
      code: 'speech_timeout',
      retryable: true,
    });
    await expect.poll(() => timers.length).toBe(1);
    timers[0]?.();
    await hung;
    expect(espeak.processes).toBe(0);
  });

  it('kills the program when the sentence is aborted, and the next one gets its slot', async () => {
    start(script('exec sleep 60'));
    const abort = new AbortController();
    const aborted = espeak.synthesize(job('Hallo'), abort.signal);
    await expect.poll(() => espeak.processes).toBe(1);
    abort.abort();
    expect(await aborted).toBeUndefined();
    const next = espeak.synthesize(job('Hallo'), never).catch((error: unknown) => error);
    await expect.poll(() => espeak.processes).toBe(1);
    await espeak.close();
    expect(espeak.processes).toBe(0);
    expect(await next).toMatchObject({ code: 'speech_unavailable' });
    await expect(espeak.voices()).rejects.toMatchObject({ code: 'speech_unavailable' });
  });

  it('never goes through a shell', async () => {
    start(script(`cat >/dev/null; echo "args: $*" >&2; exit 1`));
    const text = `$(touch ${directory}/owned); \`id\``;
    await expect(espeak.synthesize(job(text, '-h; id'), never)).rejects.toMatchObject({
      message: 'espeak-ng failed: args: --stdout --stdin -b 1 -v -h; id',
    });
  });
});

describe.skipIf(!installed)('Espeak with espeak-ng (skipped when espeak-ng is not installed)', () => {
  it('lists voices and variants', async () => {
    const { voices, variants } = await start('espeak-ng').voices();
    expect(voices.map((voice) => voice.id)).toEqual(expect.arrayContaining(['de', 'fr-fr', 'pt-br', 'en-us']));
    expect(variants).toContain('f3');
  });

  it('speaks at the rate that is asked for', async () => {
    start('espeak-ng');
    const text = 'Guten Tag, wie kann ich Ihnen heute helfen?';
    const at8 = await espeak.synthesize(job(text), never);
    const at16 = await espeak.synthesize({ ...job(text), sampleRate: 16_000 }, never);
    const seconds = (at8?.length ?? 0) / 8000;
    expect(seconds).toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(5);
    expect((at16?.length ?? 0) / 16_000).toBeCloseTo(seconds, 1);
  });

  it('does not take text for phonemes or options', async () => {
    start('espeak-ng');
    expect((await espeak.synthesize(job('[[h@l@U]]'), never))?.length).toBeGreaterThan(1000);
    expect((await espeak.synthesize(job('--version'), never))?.length).toBeGreaterThan(1000);
  });
});
