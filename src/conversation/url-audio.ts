import type { Clock } from '../clock.ts';
import type { SampleRate } from '../media/audio.ts';
import { createResampler, type Resampler } from '../media/resample.ts';
import type { GuardedFetcher } from '../net/guarded-fetcher.ts';
import { UrlError } from '../net/url-guard.ts';
import { AudioCache, maxAgeOf } from './audio-cache.ts';
import { AudioDecoder } from './audio-decoder.ts';

/** From the request to the header of the answer. */
const ANSWER_LIMIT_MS = 5000;
/** Longest recording: 8 minutes of `lpcm16`, half an hour of `mulaw`. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_CACHE_BYTES = 64 * 1024 * 1024;
const MAX_CACHED_BYTES = 8 * 1024 * 1024;
const MAX_CACHE_AGE_MS = 3_600_000;
/** What is decoded at once. */
const PIECE_BYTES = 32 * 1024;

export interface UrlAudioRequest {
  url: string;
  /** `wav/lpcm16`, ... */
  mediaFormat: string;
  caching: boolean;
  /** Of the samples that are wanted. */
  sampleRate: SampleRate;
}

/** Audio behind `http:`, `https:` and `data:` URLs, decoded and resampled as it arrives. */
export interface UrlAudio {
  /** @throws UrlError, AudioError */
  play(request: UrlAudioRequest, signal: AbortSignal): AsyncIterable<Int16Array>;
}

/** One for all calls: the cache is common to them. */
export function createUrlAudio(deps: { fetcher: GuardedFetcher; clock: Clock }): UrlAudio {
  const cache = new AudioCache({
    clock: deps.clock,
    maxBytes: MAX_CACHE_BYTES,
    maxEntryBytes: MAX_CACHED_BYTES,
    maxAgeMs: MAX_CACHE_AGE_MS,
  });
  return { play: (request, signal) => decoded(bytesOf(deps.fetcher, cache, request, signal), request) };
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, request: UrlAudioRequest): AsyncGenerator<Int16Array> {
  const decoder = new AudioDecoder(request.mediaFormat);
  let resampler: Resampler | undefined;
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        const samples = decoder.push(chunk.subarray(from, from + PIECE_BYTES));
        if (samples.length === 0 || decoder.sampleRate === undefined) continue;
        resampler ??= await createResampler(decoder.sampleRate, request.sampleRate);
        const output = resampler.process(samples);
        if (output.length > 0) yield output;
      }
    }
    decoder.end();
    const tail = resampler?.flush();
    if (tail !== undefined && tail.length > 0) yield tail;
  } finally {
    resampler?.close();
  }
}

async function* bytesOf(
  fetcher: GuardedFetcher,
  cache: AudioCache,
  { url, caching }: UrlAudioRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (/^data:/i.test(url)) {
    yield dataOf(url);
    return;
  }
  const kept = caching ? cache.get(url) : undefined;
  if (kept !== undefined) {
    yield* kept;
    return;
  }
  const { headers, body } = await fetcher.get(url, { timeoutMs: ANSWER_LIMIT_MS, maxBytes: MAX_BYTES, signal });
  const maxAgeMs = caching ? maxAgeOf(headers['cache-control']) : 0;
  const collected: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (maxAgeMs > 0 && bytes <= cache.maxEntryBytes) collected.push(chunk);
    else collected.length = 0;
    yield chunk;
  }
  if (maxAgeMs > 0 && bytes <= cache.maxEntryBytes) cache.put(url, collected, maxAgeMs);
}

/** The bytes of a data: URL (RFC 2397), base64 or percent-encoded. @throws UrlError `url_invalid` */
export function dataOf(url: string): Uint8Array {
  const comma = url.indexOf(',');
  if (comma < 0) throw new UrlError('url_invalid', 'a data: URL without a comma');
  const body = url.slice(comma + 1);
  if (!/;\s*base64\s*$/i.test(url.slice(0, comma))) return percentDecoded(body);
  const text = body.includes('%') ? Buffer.from(percentDecoded(body)).toString('latin1') : body;
  if (!/^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/.test(text)) throw new UrlError('url_invalid', 'a data: URL that is not base64');
  return Buffer.from(text, 'base64');
}

function percentDecoded(text: string): Uint8Array {
  const source = Buffer.from(text, 'utf8');
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let at = 0; at < source.length; length += 1) {
    const hex = source[at] === 0x25 ? /^%([0-9a-f]{2})$/i.exec(source.toString('latin1', at, at + 3))?.[1] : undefined;
    bytes[length] = hex === undefined ? (source[at] ?? 0) : Number.parseInt(hex, 16);
    at += hex === undefined ? 1 : 3;
  }
  return bytes.subarray(0, length);
}
