import type { DtmfDigit } from '../../../media/port.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import type { LaneNumber } from './bridge-lane.ts';

export interface OpenCall {
  type: 'open';
  /** Names the call within its worker. */
  id: number;
  memory: SharedArrayBuffer;
  host: string;
  port: number;
  /** The call of this worker that it will be bridged with. */
  near: number | undefined;
  timeoutMs: number;
  /** False: the address of the SDP is kept to, whatever comes from elsewhere. */
  followSource: boolean;
  /** Random starting values (RFC 3550 section 5.1). */
  ssrc: number;
  sequence: number;
  timestamp: number;
  /** RFC 7022. */
  cname: string;
}

/** What the main thread asks of a worker. Rare: nothing is posted per packet. */
export type ToWorker =
  | OpenCall
  | { type: 'configure'; id: number; audio: NegotiatedAudio }
  | { type: 'dtmf'; id: number; token: number; digits: DtmfDigit[]; durationMs: number; gapMs: number }
  | { type: 'join'; id: number; memory: SharedArrayBuffer; side: LaneNumber }
  | { type: 'part'; id: number }
  /** A key of the party that came another way, for the bridge. */
  | { type: 'press'; id: number; digit: DtmfDigit; durationMs: number }
  /** Keys of the bridge go to the party another way from now on, or no longer. */
  | { type: 'keys-elsewhere'; id: number; elsewhere: boolean }
  | { type: 'tap'; id: number; memory: SharedArrayBuffer | undefined }
  | { type: 'close'; id: number }
  | { type: 'shutdown' };

/** What a worker tells about one call. */
export type CallNews =
  | { type: 'opened'; id: number }
  | { type: 'open-failed'; id: number; code: string }
  | { type: 'first-rtp'; id: number }
  | { type: 'remote'; id: number; address: string; port: number }
  | { type: 'dtmf'; id: number; digit: DtmfDigit; durationMs: number }
  | { type: 'dtmf-sent'; id: number; token: number }
  /** `join` or `part` is done, in the order in which they came. */
  | { type: 'bridge-done'; id: number }
  | { type: 'timeout'; id: number; silentMs: number }
  | { type: 'socket-error'; id: number; message: string }
  | { type: 'closed'; id: number };

/** A bare number is the tick, once per 20 ms: look into the rings. */
export type FromWorker = number | CallNews;

/** Int32 words that a worker shares with the engine for its `stats()`. */
export const WorkerWord = {
  ticks: 0,
  /** Slots served more than 5 ms late. */
  lateSlots: 1,
  /** Largest lateness since the start, microseconds. */
  worstLateUs: 2,
  /** CPU time of the thread, milliseconds. */
  cpuMs: 3,
  /** 1: the thread runs ahead of the others. */
  raised: 4,
} as const;

export const WORKER_WORDS_BYTES = 64;

/** `workerData` of a media worker. */
export interface WorkerData {
  words: SharedArrayBuffer;
}
