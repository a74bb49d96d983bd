import { request } from 'undici';
import type { CallRecord } from '../calls/record.ts';
import type { Clock } from '../clock.ts';
import { ScenarioError } from './errors.ts';

const POLL_MS = 50;
const LIMIT_MS = 8000;

/**
 * The record of an ended call from the hub's API, once the hub has finished it; undefined when it does not come within
 * 8 s.
 */
export async function endedRecord(
  api: { url: string; token: string },
  sipCallId: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<CallRecord | undefined> {
  const until = clock.now() + LIMIT_MS;
  let id: string | undefined;
  while (clock.now() < until && !signal.aborted) {
    if (id === undefined) {
      const { calls } = (await get(api, '/api/v1/calls?limit=100', signal)) as { calls: CallRecord[] };
      id = calls.find((call) => call.sipCallId === sipCallId)?.id;
    }
    if (id !== undefined) {
      const record = (await get(api, `/api/v1/calls/${id}`, signal)) as CallRecord;
      if (record.state === 'ended') return record;
    }
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
  return undefined;
}

async function get(api: { url: string; token: string }, path: string, signal: AbortSignal): Promise<unknown> {
  const url = `${api.url}${path}`;
  const headers = { authorization: `Bearer ${api.token}` };
  const response = await request(url, { signal, headers, headersTimeout: 5000, bodyTimeout: 5000 });
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw new ScenarioError('scenario_failed', `${url} answered ${response.statusCode}`);
  }
  return await response.body.json();
}
