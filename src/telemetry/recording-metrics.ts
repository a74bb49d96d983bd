import { Counter, Gauge, type Registry } from 'prom-client';

export interface RecordingMetrics {
  ended(state: 'completed' | 'failed', durationMs: number): void;
  /** Tells how many are under way whenever the metrics are read. */
  watch(active: () => number): void;
}

export function startRecordingMetrics(registers: Registry[]): RecordingMetrics {
  const ended = new Counter({
    name: 'patchbay_recordings_total',
    help: 'Recordings that ended; failed: the disk was full or too slow',
    labelNames: ['state'] as const,
    registers,
  });
  for (const state of ['completed', 'failed'] as const) ended.inc({ state }, 0);
  const seconds = new Counter({
    name: 'patchbay_recorded_seconds_total',
    help: 'Length of recordings that ended',
    registers,
  });
  let read = () => 0;
  new Gauge({
    name: 'patchbay_recordings_active',
    help: 'Recordings under way',
    registers,
    collect() {
      this.set(read());
    },
  });
  return {
    ended(state, durationMs) {
      ended.inc({ state });
      seconds.inc(durationMs / 1000);
    },
    watch(active) {
      read = active;
    },
  };
}
