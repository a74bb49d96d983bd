import type { Clock } from '../clock.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { sine } from '../media/tone.ts';

export interface BeepOptions {
  atStart: boolean;
  /** Undefined: once at most. */
  everySeconds: number | undefined;
}

/** As in the telephone networks that ask for one: 1400 Hz, a fifth of a second, well below speech. */
const FREQUENCY_HZ = 1400;
const LENGTH_MS = 200;
const AMPLITUDE = 3000;
/** A beep waits until nothing is being said by the hub. */
const TRY_AGAIN_MS = 100;

/** Lets the party of a call know that it is recorded. Returns what ends that. */
export function startBeeping(
  endpoint: Pick<MediaEndpoint, 'playout' | 'sampleRate' | 'closed'>,
  { atStart, everySeconds }: BeepOptions,
  clock: Clock,
): () => void {
  let cancel = () => {};
  const next = () => {
    if (everySeconds !== undefined) cancel = clock.after(everySeconds * 1_000, beep);
  };
  const beep = () => {
    if (endpoint.closed) return;
    if (endpoint.playout.queuedMs > 0) {
      cancel = clock.after(TRY_AGAIN_MS, beep);
      return;
    }
    endpoint.playout.write(sine(FREQUENCY_HZ, LENGTH_MS, endpoint.sampleRate, AMPLITUDE));
    next();
  };
  if (atStart) beep();
  else next();
  return () => cancel();
}
