import type { ReceivedInfo } from '../conversation/info.ts';
import { parseDigits } from '../media/dtmf.ts';
import type { KeyPress } from '../media/port.ts';

/** Media types of key presses in INFO, as they are written by telephones and gateways. No RFC describes them. */
export const DTMF_TYPES = ['application/dtmf-relay', 'application/dtmf'] as const;

const DEFAULT_MS = 160;
const MAX_MS = 8_000;
/** Keys by the numbers that some write instead (RFC 4733 section 3.2). */
const NUMBERED: Readonly<Record<string, string>> = { 10: '*', 11: '#', 12: 'A', 13: 'B', 14: 'C', 15: 'D' };

/**
 * Reads an INFO as a key press. `undefined`: it is of another type; `unreadable`: it is of one of the types and names no
 * key. `application/dtmf-relay` is `Signal=5` and `Duration=160` on lines of their own, `application/dtmf` the key alone.
 */
export function readKeyPress({ contentType, body }: ReceivedInfo): KeyPress | 'unreadable' | undefined {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (type !== 'application/dtmf-relay' && type !== 'application/dtmf') return undefined;
  const signal = /^\s*signal\s*=\s*(\S+)\s*$/im.exec(body)?.[1];
  const written = signal === undefined && type === 'application/dtmf' ? body.trim() : (signal ?? '');
  const duration = /^\s*duration\s*=\s*(\d{1,6})\s*$/im.exec(body)?.[1];
  const key = (signal === undefined ? undefined : NUMBERED[signal]) ?? written.toUpperCase();
  if (!/^[0-9*#A-D]$/.test(key)) return 'unreadable';
  const [digit] = parseDigits(key);
  if (digit === undefined) return 'unreadable';
  const durationMs = duration === undefined ? DEFAULT_MS : Math.min(MAX_MS, Math.max(40, Number(duration)));
  return { digit, durationMs };
}

/** The INFO of a key press. */
export function keyPressInfo({ digit, durationMs }: KeyPress): { contentType: string; body: string } {
  return {
    contentType: 'application/dtmf-relay',
    body: `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`,
  };
}
