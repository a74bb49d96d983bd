import { request } from 'undici';
import { z } from 'zod';
import type { CallTurn, TranscriptEntry } from '../calls/record.ts';
import { messageOf, PatchbayError } from '../errors.ts';

export type HubApiErrorCode = 'hub_api_unavailable';

/** The hub's API cannot be used: not there, no permission, or an answer of another shape. */
export class HubApiError extends PatchbayError<HubApiErrorCode> {}

const entrySchema = z.object({
  atMs: z.number(),
  speaker: z.enum(['caller', 'bot', 'hub']),
  kind: z.enum(['speech', 'dtmf', 'event']),
  text: z.string(),
  playedMs: z.number().optional(),
  interrupted: z.boolean().optional(),
  confidence: z.number().optional(),
});
const stretch = z.number().exactOptional();
const turnSchema = z.object({
  atMs: z.number(),
  total: stretch,
  endpointing: stretch,
  recognition: stretch,
  toBot: stretch,
  bot: stretch,
  synthesis: stretch,
  playout: stretch,
});
const callSchema = z.object({
  id: z.string(),
  sipCallId: z.string(),
  transcript: z.array(entrySchema).optional(),
  turns: z.array(turnSchema).optional(),
});
const listSchema = z.object({ calls: z.array(callSchema) });

/** A hub's API, and with what it is used. */
export interface HubApi {
  /** The hub's HTTP address, `http://127.0.0.1:8080`. */
  url: string;
  /** Authorization header field. */
  authorization: string | undefined;
}

/** Asks the hub's call API for what was said in one call, and how quickly. */
export class HubTranscript {
  /** The ledger as it was when last asked for. */
  turns: CallTurn[] = [];
  readonly #api: string;
  readonly #headers: Record<string, string>;
  #callId: string | undefined;
  #seen = 0;

  constructor(api: HubApi) {
    this.#api = api.url.replace(/\/+$/, '');
    this.#headers = api.authorization === undefined ? {} : { authorization: api.authorization };
  }

  /**
   * Entries that have come since the last call; none while the hub does not know the call.
   * @throws HubApiError
   */
  async poll(sipCallId: string, signal: AbortSignal): Promise<TranscriptEntry[]> {
    if (this.#callId === undefined) {
      const list = listSchema.safeParse(await this.#get('/api/v1/calls?limit=50', signal));
      if (!list.success) throw new HubApiError('hub_api_unavailable', 'the list of calls has an unknown shape');
      this.#callId = list.data.calls.find((call) => call.sipCallId === sipCallId)?.id;
      if (this.#callId === undefined) return [];
    }
    const call = callSchema.safeParse(await this.#get(`/api/v1/calls/${this.#callId}`, signal));
    if (!call.success) throw new HubApiError('hub_api_unavailable', 'the call record has an unknown shape');
    this.turns = call.data.turns ?? [];
    const transcript = call.data.transcript ?? [];
    const fresh = transcript.slice(this.#seen);
    this.#seen = transcript.length;
    return fresh.map(toEntry);
  }

  async #get(path: string, signal: AbortSignal): Promise<unknown> {
    try {
      const response = await request(`${this.#api}${path}`, {
        signal,
        headers: this.#headers,
        headersTimeout: 2000,
        bodyTimeout: 2000,
      });
      if (response.statusCode !== 200) {
        await response.body.dump();
        if (response.statusCode === 401) throw new HubApiError('hub_api_unavailable', clientNeeded);
        throw new HubApiError('hub_api_unavailable', `${this.#api}${path} answered ${response.statusCode}`);
      }
      return await response.body.json();
    } catch (error) {
      if (error instanceof HubApiError) throw error;
      throw new HubApiError('hub_api_unavailable', messageOf(error), { cause: error });
    }
  }
}

const clientNeeded =
  'its API needs an API client: PATCHBAY_API_CLIENT=id:secret, or --data-dir with the data directory of a hub on this machine';

function toEntry(entry: z.infer<typeof entrySchema>): TranscriptEntry {
  const { atMs, speaker, kind, text, playedMs, interrupted, confidence } = entry;
  return {
    atMs,
    speaker,
    kind,
    text,
    ...(playedMs === undefined ? {} : { playedMs }),
    ...(interrupted === undefined ? {} : { interrupted }),
    ...(confidence === undefined ? {} : { confidence }),
  };
}

const POLL_MS = 250;
/** Polls that may fail one after another before the text is given up. */
const TOLERATED_FAILURES = 4;

type TranscriptEvent = { type: 'transcript'; entry: TranscriptEntry } | { type: 'transcript-unavailable'; why: string };

/**
 * Reports what the hub noted of the call while it lasts, and once more after its end. Resolves after that last look with the
 * hub's ledger of its turns; never rejects.
 * A hub without an API costs one report and nothing else.
 */
export async function watchTranscript(
  api: HubApi | undefined,
  sipCallId: string | undefined,
  over: AbortSignal,
  report: (event: TranscriptEvent) => void,
): Promise<CallTurn[]> {
  if (api === undefined || sipCallId === undefined) return [];
  const transcript = new HubTranscript(api);
  let failures = 0;
  for (let last = false; ; ) {
    try {
      for (const entry of await transcript.poll(sipCallId, AbortSignal.timeout(3000))) {
        report({ type: 'transcript', entry });
      }
      failures = 0;
    } catch (error) {
      failures++;
      if (last || failures >= TOLERATED_FAILURES) {
        report({ type: 'transcript-unavailable', why: messageOf(error) });
        return transcript.turns;
      }
    }
    if (last) return transcript.turns;
    await sleepUntil(POLL_MS, over);
    last = over.aborted;
  }
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
