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

/**
 * The process named `name` (its comm) among `pid` and those that it has started: what a shell knows is often a wrapper's.
 * @throws Error where none of them is
 */
export function processNamed(name: string, pid: number): number {
  const waiting = [pid];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      if (readFileSync(`/proc/${next}/comm`, 'utf8').trim() === name) return next;
      for (const tid of readdirSync(`/proc/${next}/task`)) {
        const children = readFileSync(`/proc/${next}/task/${tid}/children`, 'utf8');
        waiting.push(
          ...children
            .split(' ')
            .map(Number)
            .filter((child) => child > 0),
        );
      }
    } catch {
      // it has ended in between
    }
  }
  throw new Error(`neither process ${pid} nor any that it has started is '${name}'`);
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
