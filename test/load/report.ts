import { cpus, release, totalmem } from 'node:os';
import { histogramPercentile, percentile } from './figures.ts';
import type { CallFigures } from './generator.ts';

export interface Rig {
  cores: number;
  cpu: string;
  memoryGb: number;
  node: string;
  kernel: string;
}

export function rig(): Rig {
  const processors = cpus();
  return {
    cores: processors.length,
    cpu: processors[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    kernel: release(),
  };
}

export interface LoadParameters {
  calls: number;
  callsPerSecond: number;
  steadySeconds: number;
  holdSeconds: number | undefined;
  speech: 'tones' | 'local';
  greeting: string;
}

/** What the hub process used during the steady part. */
export interface HubUse {
  seconds: number;
  meanCallsUp: number;
  cpuMs: number;
  mediaCpuMs: number;
  rssBeforeBytes: number;
  rssAtLoadBytes: number;
  /** Growth of resident memory over the second half of the steady part. */
  rssSlopeBytesPerSecond: number;
  rtpReceived: number;
  rtpLost: number;
  rtpLate: number;
}

export interface LoadResult {
  date: string;
  rig: Rig;
  parameters: LoadParameters;
  calls: { placed: number; ok: number; failed: number; endedByHub: number; sipResent: number };
  /** Percent of one core per call. */
  cpuPerCall: { total: number; media: number };
  setupMs: { p50: number; p95: number; p99: number; max: number };
  /** 200 OK to the first RTP packet, and to the first that carries sound. */
  firstPacketMs: { p50: number; p95: number };
  firstAudioMs: { p50: number; p95: number };
  /** Hub to caller, by sequence number; caller to hub, by the hub's own counters. */
  frames: {
    sent: number;
    received: number;
    lostToCaller: number;
    outOfOrder: number;
    lostToHub: number;
    lateToHub: number;
  };
  /** Deviation of the gap between two packets from 20 ms, at the receiver: the rig's own scheduling included. */
  jitterMs: { p50: number; p99: number; p999: number };
  rss: { perCallKb: number; slopeKbPerMinute: number };
  problems: string[];
}

export function summarise(
  date: Date,
  parameters: LoadParameters,
  calls: readonly CallFigures[],
  gaps: readonly number[],
  sipResent: number,
  hub: HubUse,
  problems: readonly string[],
): LoadResult {
  const ok = calls.filter((call) => call.status === 200 && call.upMs > 0);
  const numbers = (pick: (call: CallFigures) => number) => ok.map(pick).filter((value) => !Number.isNaN(value));
  const sum = (pick: (call: CallFigures) => number) => calls.reduce((total, call) => total + pick(call), 0);
  const setup = numbers((call) => call.setupMs);
  const firstPacket = numbers((call) => call.firstPacketMs);
  const firstVoice = numbers((call) => call.firstVoiceMs);
  const perCall = (cpuMs: number) => (100 * cpuMs) / (hub.seconds * 1000) / Math.max(1, hub.meanCallsUp);
  return {
    date: date.toISOString(),
    rig: rig(),
    parameters,
    calls: {
      placed: calls.length,
      ok: ok.length,
      failed: calls.length - ok.length,
      endedByHub: calls.filter((call) => call.endedBy === 'hub').length,
      sipResent,
    },
    cpuPerCall: { total: round(perCall(hub.cpuMs), 3), media: round(perCall(hub.mediaCpuMs), 3) },
    setupMs: {
      p50: round(percentile(setup, 0.5), 1),
      p95: round(percentile(setup, 0.95), 1),
      p99: round(percentile(setup, 0.99), 1),
      max: round(percentile(setup, 1), 1),
    },
    firstPacketMs: { p50: round(percentile(firstPacket, 0.5), 1), p95: round(percentile(firstPacket, 0.95), 1) },
    firstAudioMs: { p50: round(percentile(firstVoice, 0.5), 1), p95: round(percentile(firstVoice, 0.95), 1) },
    frames: {
      sent: sum((call) => call.sent),
      received: sum((call) => call.received),
      lostToCaller: sum((call) => call.missing),
      outOfOrder: sum((call) => call.outOfOrder),
      lostToHub: hub.rtpLost,
      lateToHub: hub.rtpLate,
    },
    jitterMs: {
      p50: round(histogramPercentile(gaps, 0.5), 1),
      p99: round(histogramPercentile(gaps, 0.99), 1),
      p999: round(histogramPercentile(gaps, 0.999), 1),
    },
    rss: {
      perCallKb: round((hub.rssAtLoadBytes - hub.rssBeforeBytes) / 1024 / Math.max(1, hub.meanCallsUp), 0),
      slopeKbPerMinute: round((hub.rssSlopeBytesPerSecond * 60) / 1024, 0),
    },
    problems: [...problems],
  };
}

export const TABLE_HEAD = [
  '| Date (UTC) | Calls | Set-ups/s | Steady s | CPU of a core per call: total / media | Set-up p50 / p95 ms | First audio p95 ms | Lost to caller / to hub, late | Jitter p99 ms | RSS per call KB | RSS slope KB/min | Failed | Rig |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
].join('\n');

/** One row of results/README.md. */
export function tableRow(result: LoadResult): string {
  const { parameters, rig: machine, frames } = result;
  const hold = parameters.holdSeconds === undefined ? '' : ` of ${parameters.holdSeconds} s`;
  const cells = [
    result.date.slice(0, 16).replace('T', ' '),
    `${parameters.calls}${hold}`,
    String(parameters.callsPerSecond),
    String(parameters.steadySeconds),
    `${result.cpuPerCall.total} % / ${result.cpuPerCall.media} %`,
    `${result.setupMs.p50} / ${result.setupMs.p95}`,
    String(Number.isNaN(result.firstAudioMs.p95) ? '-' : result.firstAudioMs.p95),
    `${frames.lostToCaller} / ${frames.lostToHub}, ${frames.lateToHub}`,
    String(result.jitterMs.p99),
    String(result.rss.perCallKb),
    String(result.rss.slopeKbPerMinute),
    `${result.calls.failed} of ${result.calls.placed}`,
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
