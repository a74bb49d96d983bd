import assert from 'node:assert/strict';
import type { G711Law } from '../../../src/media/g711.ts';
import type { ToneSpan } from '../../../src/media/goertzel.ts';
import type { MediaEndpoint } from '../../../src/media/port.ts';
import { type Phone, type Rig, type RigOptions, until } from './rig.ts';

/** One thing that every media engine does. `run` rejects when it does not. */
export interface MediaCase {
  name: string;
  options?: RigOptions;
  run(rig: Rig): Promise<void>;
}

/** A call that is connected; `codecs`: what the phone speaks. */
export async function call(
  rig: Rig,
  callId = 'call',
  {
    codecs,
    near,
    telephoneEvents,
  }: { codecs?: readonly G711Law[]; near?: MediaEndpoint; telephoneEvents?: boolean } = {},
): Promise<{ endpoint: MediaEndpoint; phone: Phone }> {
  const endpoint = await rig.engine.createEndpoint({
    callId,
    ...(near && { near }),
    ...(telephoneEvents === undefined ? {} : { telephoneEvents }),
  });
  const phone = await rig.phone(endpoint);
  phone.connect(await endpoint.answer(phone.sdp(codecs && { codecs })));
  return { endpoint, phone };
}

/** Collects what the endpoint hears of the caller. */
export function listen(endpoint: MediaEndpoint): { samples: number[]; timestamps: number[]; lengths: Set<number> } {
  const collected = { samples: [] as number[], timestamps: [] as number[], lengths: new Set<number>() };
  endpoint.onAudio((frame) => {
    assert.equal(frame.sampleRate, endpoint.sampleRate);
    collected.samples.push(...frame.samples);
    collected.timestamps.push(frame.timestampMs);
    collected.lengths.add(frame.samples.length);
  });
  return collected;
}

export function total(spans: readonly ToneSpan[]): number {
  return spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
}

export function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} +- ${tolerance}`);
}

export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: { code?: unknown }) => error.code,
  );
}

/** Lets the rig's time pass until the promise settles. */
export async function within<T>(rig: Rig, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await until(rig, 'a promise', () => settled, 8000);
  return promise;
}
