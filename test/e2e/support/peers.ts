import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';

export type Peer = 'sipp' | 'baresip' | 'espeak-ng' | 'chromium-headless-shell';

/** Set by CI: a missing peer program fails its tests instead of skipping them. */
export const peersRequired = process.env.PATCHBAY_REQUIRE_PEERS === '1';

export function programPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && existsSync(path)) return path;
  }
  return undefined;
}

/** A test that needs an independent program. Without it the test is skipped, and its name says why. */
export function peerTest(peer: Peer, name: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (programPath(peer) === undefined && !peersRequired) {
    test.skip(`${name} (${peer} is not installed)`, () => {});
    return;
  }
  test(
    name,
    async () => {
      if (programPath(peer) === undefined)
        throw new Error(`${peer} is not installed and PATCHBAY_REQUIRE_PEERS is set`);
      await run();
    },
    timeoutMs,
  );
}
