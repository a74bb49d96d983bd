import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { CallRecord } from '../calls/record.ts';

/**
 * Flags of Node with which WebAssembly is compiled quickly and never optimised: PGlite opens in half the time, and answers more slowly later,
 * which does not matter to a process that ends within a minute.
 */
export const QUICK_WASM = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'] as const;

/** Sets them for this process; to be called before it opens its first database. */
export function quickWasm(): void {
  for (const flag of QUICK_WASM) setFlagsFromString(flag);
}

/** A record for tests; `minute` orders them. */
export function someRecord(id: string, minute = 0, changes: Partial<CallRecord> = {}): CallRecord {
  return {
    id,
    sipCallId: `${id}@pbx.example`,
    direction: 'inbound',
    state: 'ended',
    calling: { user: '+4912', host: 'pbx.example', displayName: 'Ada' },
    called: { user: 'demo', host: 'hub.example' },
    remote: 'udp/127.0.0.1:5070',
    sipConnection: 'phones',
    routingRule: 'demo-by-name',
    destination: { bot: 'demo' },
    conversationId: undefined,
    sessionId: id,
    setupTime: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    answerTime: undefined,
    endTime: undefined,
    durationMs: 0,
    end: undefined,
    transcript: [],
    turns: [],
    ...changes,
  };
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'patchbay-store-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
