import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of one thread of a process. */
export interface ThreadCpu {
  name: string;
  cpuMs: number;
}

/**
 * CPU time of every live thread of a process since it began, from /proc/<pid>/task/<tid>/schedstat (nanoseconds on a core).
 * Threads that end between two readings are missing in the second.
 */
export function threadCpu(pid: number): Map<number, ThreadCpu> {
  const threads = new Map<number, ThreadCpu>();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    try {
      const name = readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
      const [nanoseconds = '0'] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
      threads.set(Number(tid), { name, cpuMs: Number(nanoseconds) / 1e6 });
    } catch {
      // the thread has ended in between
    }
  }
  return threads;
}

/** CPU time spent between two readings by the threads that `matches` accepts, in milliseconds. */
export function cpuBetween(
  before: ReadonlyMap<number, ThreadCpu>,
  after: ReadonlyMap<number, ThreadCpu>,
  matches: (name: string) => boolean = () => true,
): number {
  let sum = 0;
  for (const [tid, { name, cpuMs }] of after) {
    if (matches(name)) sum += cpuMs - (before.get(tid)?.cpuMs ?? 0);
  }
  return sum;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}
