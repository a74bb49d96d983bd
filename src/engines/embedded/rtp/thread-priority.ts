import { getPriority, setPriority } from 'node:os';

/** Nice value of a media thread: its work is short and due at once, that of the others is long and may wait. */
const NICE = -10;
/** Where the process itself has been put ahead of others, its media threads stay so much ahead of the rest of it. */
const AHEAD = 5;
const FIRST = -20;

/**
 * Puts the calling thread ahead of the others of the machine where the system allows it: Linux, as root or with CAP_SYS_NICE.
 * @returns whether it did
 */
export function raiseThreadPriority(): boolean {
  // Elsewhere a nice value belongs to the whole process.
  if (process.platform !== 'linux') return false;
  try {
    // On Linux 0 is the calling thread.
    setPriority(0, Math.max(FIRST, Math.min(NICE, getPriority(0) - AHEAD)));
    return true;
  } catch {
    // Not permitted: the thread works as the others do.
    return false;
  }
}
