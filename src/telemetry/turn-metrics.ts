import type { Histogram } from 'prom-client';
import type { TurnLedger } from '../conversation/ports.ts';
import { turnStretches } from '../conversation/turn-stretches.ts';

/** One observation for each stretch of a turn; label values are in snake case. */
export function observeTurn(histogram: Histogram<'stretch'>, ledger: TurnLedger): void {
  for (const { stretch, ms } of turnStretches(ledger)) {
    histogram.observe({ stretch: stretch === 'toBot' ? 'to_bot' : stretch }, ms / 1000);
  }
}
