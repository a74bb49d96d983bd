import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BotErrorCode } from '../bots/port.ts';
import type { TurnLedger } from '../conversation/ports.ts';
import { audioKinds, type CallDirection, type CallMetrics, packetKinds, startCallMetrics } from './call-metrics.ts';
import { type NotificationMetrics, startNotificationMetrics } from './notification-metrics.ts';
import { type RecordingMetrics, startRecordingMetrics } from './recording-metrics.ts';
import { type SipMetrics, startSipMetrics } from './sip-metrics.ts';
import { observeTurn } from './turn-metrics.ts';

/** Why a call was turned away before it became one. */
export type RefusalReason =
  | 'blocked'
  | 'too-many-hops'
  | 'not-allowed'
  | 'not-authenticated'
  | 'no-route'
  | 'rule'
  | 'draining'
  | 'concurrent-calls'
  | 'calls-per-second';

/** The hub's Prometheus metrics, in a registry of their own. Labels take few values: ids of bots and services, codes. */
export interface Metrics {
  /** A new call: counts and times its life. */
  call(direction: CallDirection): CallMetrics;
  /** Counted besides the call's end, where there was a call at all. */
  refused(reason: RefusalReason): void;
  turn(ledger: TurnLedger): void;
  /** The recogniser heard speech that fits nothing. */
  speechRejected(service: string): void;
  speechFailed(service: string, kind: 'stt' | 'tts'): void;
  /** A recognition or a synthesis begins; the returned function ends it, once. */
  speechInUse(service: string, kind: 'stt' | 'tts'): () => void;
  /** Tells by service, whenever the metrics are read, what its own threads and processes have to do. */
  watchSpeechJobs(read: () => Iterable<readonly [service: string, jobs: number]>): void;
  /** A call went on with another service. */
  speechFailover(from: string, to: string, kind: 'stt' | 'tts'): void;
  /** New calls leave the service out, or use it again. */
  speechUsable(service: string, kind: 'stt' | 'tts', usable: boolean): void;
  /** A text came from the cache, from a synthesis under way, or from the service. */
  speechCache(service: string, use: 'hit' | 'shared' | 'miss'): void;
  /** One request to a bot, retries included; `failure` is absent where it went well. */
  botRequest(bot: string, durationMs: number, failure?: BotErrorCode): void;
  /** What dialers are told. */
  readonly notifications: NotificationMetrics;
  readonly sip: SipMetrics;
  readonly recordings: RecordingMetrics;
  /** `text` in the form that `contentType` names. */
  readonly contentType: string;
  text(): Promise<string>;
  /** Stops what measures by itself (event loop lag). Idempotent. */
  close(): void;
}

const setupBuckets = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const turnBuckets = [0.005, 0.01, 0.025, 0.04, 0.06, 0.1, 0.2, 0.4, 0.7, 1, 1.5, 2, 3, 5, 10];
const botBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];

/** @param options.processMetrics also CPU, memory, garbage collection and event loop lag of the process */
export function createMetrics(options: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });

  const calls = {
    active: new Gauge({
      name: 'patchbay_calls_active',
      help: 'Calls under way, by state',
      labelNames: ['state', 'direction'] as const,
      registers,
    }),
    started: new Counter({
      name: 'patchbay_calls_started_total',
      help: 'Calls that began',
      labelNames: ['direction'] as const,
      registers,
    }),
    ended: new Counter({
      name: 'patchbay_calls_ended_total',
      help: 'Calls that ended, by reason; sip_status where they were never answered',
      labelNames: ['direction', 'category', 'by', 'sip_status'] as const,
      registers,
    }),
    setup: new Histogram({
      name: 'patchbay_call_setup_seconds',
      help: 'From INVITE to 200 OK',
      labelNames: ['direction'] as const,
      buckets: setupBuckets,
      registers,
    }),
    rtpPackets: new Counter({
      name: 'patchbay_rtp_packets_total',
      help: 'RTP packets: received, sent, lost, late (after their turn to be played), stranger (dropped, from another address), skipped (due and not sent, the media thread was held up)',
      labelNames: ['kind'] as const,
      registers,
    }),
    rtpAudio: new Counter({
      name: 'patchbay_rtp_audio_seconds_total',
      help: 'Audio of the parties that was concealed (had not arrived), or trimmed to lower a delay; cut: of the trimmed, what was no silence',
      labelNames: ['kind'] as const,
      registers,
    }),
  };
  for (const direction of ['inbound', 'outbound'] as const) {
    for (const state of ['setup', 'answered'] as const) calls.active.set({ direction, state }, 0);
  }
  for (const kind of Object.values(packetKinds)) calls.rtpPackets.inc({ kind }, 0);
  for (const kind of Object.values(audioKinds)) calls.rtpAudio.inc({ kind }, 0);

  const refused = new Counter({
    name: 'patchbay_calls_refused_total',
    help: 'Calls that were refused before a bot was asked',
    labelNames: ['reason'] as const,
    registers,
  });
  const turns = new Histogram({
    name: 'patchbay_turn_latency_seconds',
    help: "From the caller's last word to the hub's first, and the stretches of it",
    labelNames: ['stretch'] as const,
    buckets: turnBuckets,
    registers,
  });
  const speechRejected = new Counter({
    name: 'patchbay_speech_rejected_total',
    help: 'Utterances that fitted nothing the recogniser expected',
    labelNames: ['service'] as const,
    registers,
  });
  const speechFailed = new Counter({
    name: 'patchbay_speech_failures_total',
    help: 'Failures of speech services',
    labelNames: ['service', 'kind'] as const,
    registers,
  });
  const speechInUse = new Gauge({
    name: 'patchbay_speech_in_use',
    help: 'Recognitions that are open and syntheses under way',
    labelNames: ['service', 'kind'] as const,
    registers,
  });
  let readJobs = (): Iterable<readonly [string, number]> => [];
  new Gauge({
    name: 'patchbay_speech_jobs',
    help: 'What the threads and processes of a local speech service are at work on, and what waits for them',
    labelNames: ['service'] as const,
    registers,
    collect() {
      for (const [service, jobs] of readJobs()) this.set({ service }, jobs);
    },
  });
  const speechFailover = new Counter({
    name: 'patchbay_speech_failovers_total',
    help: 'Calls that went on with another speech service',
    labelNames: ['from', 'to', 'kind'] as const,
    registers,
  });
  const speechUsable = new Gauge({
    name: 'patchbay_speech_usable',
    help: '0 while new calls leave a speech service out, because it has failed',
    labelNames: ['service', 'kind'] as const,
    registers,
  });
  const speechCache = new Counter({
    name: 'patchbay_speech_cache_total',
    help: 'Texts to be spoken, by where their audio came from',
    labelNames: ['service', 'use'] as const,
    registers,
  });
  const botDuration = new Histogram({
    name: 'patchbay_bot_request_seconds',
    help: 'Requests to bots, retries included',
    labelNames: ['bot'] as const,
    buckets: botBuckets,
    registers,
  });
  const botFailures = new Counter({
    name: 'patchbay_bot_request_failures_total',
    help: 'Requests to bots that failed after all retries',
    labelNames: ['bot', 'code'] as const,
    registers,
  });

  return {
    call: (direction) => startCallMetrics(calls, direction),
    refused: (reason) => refused.inc({ reason }),
    turn: (ledger) => observeTurn(turns, ledger),
    speechRejected: (service) => speechRejected.inc({ service }),
    speechFailed: (service, kind) => speechFailed.inc({ service, kind }),
    speechInUse(service, kind) {
      let inUse = true;
      speechInUse.inc({ service, kind });
      return () => {
        if (inUse) speechInUse.dec({ service, kind });
        inUse = false;
      };
    },
    watchSpeechJobs(read) {
      readJobs = read;
    },
    speechFailover: (from, to, kind) => speechFailover.inc({ from, to, kind }),
    speechUsable: (service, kind, usable) => speechUsable.set({ service, kind }, usable ? 1 : 0),
    speechCache: (service, use) => speechCache.inc({ service, use }),
    botRequest(bot, durationMs, failure) {
      botDuration.observe({ bot }, Math.max(0, durationMs) / 1000);
      if (failure !== undefined) botFailures.inc({ bot, code: failure });
    },
    notifications: startNotificationMetrics(registers),
    sip: startSipMetrics(registers),
    recordings: startRecordingMetrics(registers),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => registry.clear(),
  };
}
