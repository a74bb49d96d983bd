import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` holds; real sockets take their time. @throws after `limitMs` */
export async function eventually(condition: () => boolean, what: string, limitMs = 5_000): Promise<void> {
  const until = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`did not happen within ${limitMs} ms: ${what}`);
    await sleep(2);
  }
}
