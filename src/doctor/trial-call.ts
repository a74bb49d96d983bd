import { findTone } from '../media/goertzel.ts';
import type { MediaEndpoint, MediaEngine } from '../media/port.ts';
import { sine } from '../media/tone.ts';

export interface TrialCall {
  /** Milliseconds of its tone that each side has heard of the other, of `TONE_MS`. */
  heardMs: { a: number; b: number };
  /** Key presses of `a` that arrived at `b`. */
  keys: string;
  /** Until both could speak. */
  setupMs: number;
  /** From the first sample to the first that the other side heard. */
  firstAudioMs: number | undefined;
}

export const TONE_MS = 600;
export const TRIAL_KEYS = '5#';
const TONES_HZ = { a: 1000, b: 500 };
const WAIT_MS = 4_000;

/**
 * Two endpoints of an engine that call each other over its own RTP: each says a tone and hears the other's, so that audio is known to flow
 * both ways, out and in. @throws MediaError
 */
export async function trialCall(engine: MediaEngine, signal: AbortSignal): Promise<TrialCall> {
  const startedMs = performance.now();
  const a = await engine.createEndpoint({ callId: 'doctor-a' });
  let b: MediaEndpoint | undefined;
  try {
    b = await engine.createEndpoint({ callId: 'doctor-b', near: a });
    await a.acceptAnswer(await b.answer(await a.offer()));
    const setupMs = performance.now() - startedMs;
    const [atA, atB] = [new Ear(a, TONES_HZ.b), new Ear(b, TONES_HZ.a)];
    let keys = '';
    b.on('dtmf', ({ digit }) => {
      keys += digit;
    });
    const spokeMs = performance.now();
    a.playout.write(sine(TONES_HZ.a, TONE_MS, a.sampleRate));
    b.playout.write(sine(TONES_HZ.b, TONE_MS, b.sampleRate));
    void a.sendDtmf(TRIAL_KEYS);
    const enough = () =>
      atA.heardMs >= 0.8 * TONE_MS && atB.heardMs >= 0.8 * TONE_MS && keys.length >= TRIAL_KEYS.length;
    while (!enough() && performance.now() - spokeMs < WAIT_MS && !signal.aborted) await pause(40);
    const firstAudioMs = atB.firstMs === undefined ? undefined : Math.round(atB.firstMs - spokeMs);
    return { heardMs: { a: atA.heardMs, b: atB.heardMs }, keys, setupMs: Math.round(setupMs), firstAudioMs };
  } finally {
    await Promise.all([a.close(), b?.close()]);
  }
}

/** Listens for one tone. */
class Ear {
  heardMs = 0;
  firstMs: number | undefined;

  constructor(endpoint: MediaEndpoint, hertz: number) {
    endpoint.onAudio(({ samples, sampleRate }) => {
      if (findTone(samples, hertz, sampleRate).length === 0) return;
      this.firstMs ??= performance.now();
      this.heardMs += 20;
    });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
