import type { Histogram } from 'prom-client';
import type { TurnLedger } from '../conversation/ports.ts';

/** The stretches of a turn: where its time went. */
const stretches = [
  ['total', 'lastVoicedAt', 'firstRtpAt'],
  ['endpointing', 'lastVoicedAt', 'endOfSpeechAt'],
  ['recognition', 'endOfSpeechAt', 'finalTextAt'],
  ['to_bot', 'finalTextAt', 'botRequestAt'],
  ['bot', 'botRequestAt', 'botReplyAt'],
  ['synthesis', 'botReplyAt', 'ttsFirstByteAt'],
  ['playout', 'ttsFirstByteAt', 'firstRtpAt'],
] as const satisfies readonly (readonly [string, keyof TurnLedger, keyof TurnLedger])[];

/** Milliseconds of each stretch whose two marks were reached, in order of time. */
export function turnStretches(ledger: TurnLedger): { stretch: string; ms: number }[] {
  return stretches.flatMap(([stretch, from, to]) => {
    const [start, end] = [ledger[from], ledger[to]];
    return start === undefined || end === undefined || end < start ? [] : [{ stretch, ms: end - start }];
  });
}

export function observeTurn(histogram: Histogram<'stretch'>, ledger: TurnLedger): void {
  for (const { stretch, ms } of turnStretches(ledger)) histogram.observe({ stretch }, ms / 1000);
}
