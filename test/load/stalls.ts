const PATTERN = /^(phones|hub|both):(\d{1,3})(?:\/(\d{1,5}))?$/;

/** Processes that are stopped from time to time, as a machine that is busy with something else does it. */
export interface StallOrder {
  who: 'phones' | 'hub' | 'both';
  /** How long, and from one to the next. */
  ms: number;
  everyMs: number;
}

/** `hub:60/2000`: 60 ms every 2 s, the default; undefined where it is not understood. */
export function parseStall(text: string): StallOrder | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, who, ms, everyMs = '2000'] = match;
  const order = { who: who as StallOrder['who'], ms: Number(ms), everyMs: Number(everyMs) };
  return order.ms >= 1 && order.everyMs >= 2 * order.ms ? order : undefined;
}

export const describeStall = ({ who, ms, everyMs }: StallOrder) =>
  `${who} stopped for ${ms} ms every ${everyMs / 1000} s`;

/** Stops the processes and lets them go on (SIGSTOP, SIGCONT) until the returned function is called; it returns the longest stop in milliseconds. */
export function startStalls({ ms, everyMs }: StallOrder, pids: readonly number[]): () => number {
  let longestMs = 0;
  let goOn = () => {};
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of pids) process.kill(pid, name);
  };
  const timer = setInterval(() => {
    const stoppedAt = performance.now();
    signal('SIGSTOP');
    goOn = () => {
      signal('SIGCONT');
      longestMs = Math.max(longestMs, performance.now() - stoppedAt);
      goOn = () => {};
    };
    setTimeout(() => goOn(), ms);
  }, everyMs);
  return () => {
    clearInterval(timer);
    goOn();
    return longestMs;
  };
}
