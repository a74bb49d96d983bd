import type { CallTurn } from '../calls/record.ts';
import type { TurnLedger } from './ports.ts';

/** The stretches of a turn and the marks between which they lie, in order of time. */
const STRETCHES = [
  ['total', 'lastVoicedAt', 'firstRtpAt'],
  ['endpointing', 'lastVoicedAt', 'endOfSpeechAt'],
  ['recognition', 'endOfSpeechAt', 'finalTextAt'],
  ['toBot', 'finalTextAt', 'botRequestAt'],
  ['bot', 'botRequestAt', 'botReplyAt'],
  ['synthesis', 'botReplyAt', 'ttsFirstByteAt'],
  ['playout', 'ttsFirstByteAt', 'firstRtpAt'],
] as const satisfies readonly (readonly [Exclude<keyof CallTurn, 'atMs'>, keyof TurnLedger, keyof TurnLedger])[];

export type Stretch = (typeof STRETCHES)[number][0];

/** Milliseconds of each stretch whose two marks were reached, in order of time. */
export function turnStretches(ledger: TurnLedger): { stretch: Stretch; ms: number }[] {
  return STRETCHES.flatMap(([stretch, from, to]) => {
    const [start, end] = [ledger[from], ledger[to]];
    return start === undefined || end === undefined || end < start ? [] : [{ stretch, ms: end - start }];
  });
}

/** A turn as it is kept in the call record, and the clock reading of its first mark. */
export function turnOfRecord(ledger: TurnLedger): { at: number; turn: Omit<CallTurn, 'atMs'> } {
  const marks = Object.values(ledger).filter((mark): mark is number => typeof mark === 'number');
  const stretches = turnStretches(ledger).map(({ stretch, ms }) => [stretch, Math.round(ms * 10) / 10]);
  return { at: Math.min(...marks), turn: Object.fromEntries(stretches) };
}
