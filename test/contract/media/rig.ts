import type { DtmfDigit, MediaEndpoint, MediaEngine } from '../../../src/media/port.ts';
import type { MediaDirection } from '../../../src/media/sdp.ts';

/** The phone at the other end of a call: says tones and keys, and remembers what it heard. */
export interface Phone {
  /** SDP of the phone; `direction` as seen from the phone. */
  sdp(options?: { direction?: MediaDirection; codecs?: readonly ('PCMU' | 'PCMA')[] }): string;
  /** Takes the engine's SDP, answer or offer, and begins to send 20 ms packets. */
  connect(sdp: string): void;
  /** Speaks after what is under way; between sentences it sends silence. 8 kHz. */
  speak(samples: Int16Array): void;
  /** Presses keys, each for `durationMs` (default 100). */
  press(digits: string, durationMs?: number): void;
  /** Stops sending packets altogether. */
  mute(): void;
  /** All that was heard since `connect`, in order, silence included. 8 kHz. */
  heard(): Int16Array;
  digitsHeard(): DtmfDigit[];
  /** Milliseconds of audio that were heard before each digit. */
  digitPlaces(): number[];
  /** Milliseconds that each digit lasted. */
  digitDurations(): number[];
  close(): Promise<void>;
}

/** An engine with phones, in real or in virtual time. */
export interface Rig {
  readonly engine: MediaEngine;
  /** A phone for the endpoint; not connected yet. */
  phone(endpoint: MediaEndpoint): Promise<Phone>;
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** How many calls the engine can carry; undefined: enough. */
  calls?: number;
  timeoutMs?: number;
}

export type MakeRig = (options: RigOptions) => Promise<Rig>;

/** Waits for a condition in the rig's time. */
export async function until(rig: Rig, what: string, condition: () => boolean, limitMs = 5000): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > limitMs) throw new Error(`waited in vain for: ${what}`);
    await rig.wait(20);
  }
}
