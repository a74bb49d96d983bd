import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../src/clock.ts';
import { sine } from '../../src/media/tone.ts';
import type { RecordingEntry } from '../../src/recording/ports.ts';
import { Recording } from '../../src/recording/recording.ts';
import { createPrivateFile } from '../../src/recording/recording-file.ts';

/**
 * What recordings cost beside their calls: frames of both directions, 50 a second and recording, into files on disk.
 * `node test/load/recording-bench.ts [recordings] [seconds]`
 */
const count = Number(process.argv[2] ?? 100);
const seconds = Number(process.argv[3] ?? 10);
const directory = await mkdtemp(join(tmpdir(), 'patchbay-recording-bench-'));

function entry(n: number): RecordingEntry {
  return {
    ...{ id: `r${n}`, callId: `c${n}`, sessionId: `c${n}`, name: `r${n}`, file: `${n}.wav`, state: 'recording' },
    ...{ startedBy: 'bench', startedAt: new Date().toISOString(), offsetMs: 0, endedAt: undefined },
    ...{ durationMs: 0, bytes: 0, pauses: [], note: undefined },
  };
}

const begin = () =>
  Array.from({ length: count }, (_, n) => {
    const made = entry(n);
    return new Recording({
      entry: made,
      path: join(directory, made.file),
      ...{ sampleRate: 8000, create: createPrivateFile, maxMs: 3_600_000, clock: systemClock },
      ...{ changed: () => {}, over: () => {} },
    });
  });

const said = sine(400, 20, 8000);
const heard = sine(1000, 20, 8000);
const frames = seconds * 50;

/** One frame of each recording per 20 ms, by the clock; without recordings, what the waiting itself costs. */
async function run(each: readonly Recording[]): Promise<{ cpuMs: number; wallMs: number; p99Ms: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  for (let n = 0; n < frames; n++) {
    for (const recording of each)
      recording.add({ said, heard, sampleRate: 8000, timestampMs: n * 20, saidAtMs: n * 20 - 20 });
    const due = startedAt + (n + 1) * 20;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  return { cpuMs: (user + system) / 1000, wallMs, p99Ms: delay.percentile(99) / 1e6 };
}

const idle = await run([]);
const recordings = begin();
const busy = await run(recordings);
await Promise.all(recordings.map((recording) => recording.stop()));
const failed = recordings.filter(({ entry: { state } }) => state !== 'completed').length;
const bytes = recordings.reduce((sum, { entry: { bytes: each } }) => sum + each, 0);
const lost = recordings.filter(({ entry: { durationMs } }) => durationMs !== seconds * 1000).length;
await rm(directory, { recursive: true, force: true });

const cpuPercent = ((busy.cpuMs - idle.cpuMs) / busy.wallMs) * 100;
const result = {
  date: new Date().toISOString(),
  rig: { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg()[0] },
  ...{ recordings: count, seconds, failed, lost, megabytesPerSecond: bytes / 1e6 / seconds },
  cpuPercentOfACore: Number(cpuPercent.toFixed(2)),
  cpuPercentPerRecording: Number((cpuPercent / count).toFixed(4)),
  eventLoopP99Ms: { idle: Number(idle.p99Ms.toFixed(2)), recording: Number(busy.p99Ms.toFixed(2)) },
  rssMegabytes: Math.round(process.memoryUsage().rss / 1e6),
};
console.log(JSON.stringify(result, undefined, 2));
const out = process.argv[4];
if (out !== undefined) await writeFile(out, `${JSON.stringify(result, undefined, 2)}\n`);
