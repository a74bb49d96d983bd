import type { Clock } from '../clock.ts';
import type { Failover } from './failover.ts';
import { hubEndpointed } from './hub-endpointed.ts';
import type { SpeechToText, SttCapabilities } from './ports.ts';
import type { SteadyLimits, SttCandidate } from './steady-limits.ts';
import { SteadySession } from './steady-session.ts';
import type { StickyChoice } from './sticky-choice.ts';

export interface SteadySttOptions {
  /** In the order of preference; at least one. */
  candidates: readonly SttCandidate[];
  limits: SteadyLimits;
  clock: Clock;
  /** Which candidate a call has come to. */
  choice: StickyChoice;
  onFailover(failover: Failover): void;
}

/**
 * Services in a fallback order as one: sessions that rotate before the vendor's limit, are opened again with the unrecognised
 * audio when they fail or fall silent, and go on with the next service, at which the call stays.
 */
export function steadyStt(options: SteadySttOptions): SpeechToText {
  const { limits, clock, choice, onFailover } = options;
  const capabilities = merged(options.candidates.map(({ stt }) => stt.capabilities));
  const candidates = options.candidates.map(({ stt, ...candidate }) => ({
    ...candidate,
    stt:
      capabilities.endpointing === 'hub' && stt.capabilities.endpointing === 'vendor' ? hubEndpointed(stt, clock) : stt,
  }));
  return {
    id: candidates.map(({ stt }) => stt.id).join('+'),
    capabilities,
    members: candidates.map(({ stt }) => stt),
    async open(stt, signal) {
      const first = choice.first(
        stt.callId,
        candidates.map(({ health }) => health.usable),
      );
      const session = new SteadySession({
        candidates,
        first,
        stt,
        limits,
        clock,
        onFailover(failover, index) {
          choice.moved(stt.callId, index);
          onFailover(failover);
        },
      });
      await session.open(signal);
      return session;
    },
  };
}

/** What can be promised whichever service it will be. */
function merged(all: readonly SttCapabilities[]): SttCapabilities {
  const [first, ...others] = all;
  if (first === undefined) throw new TypeError('a fallback order has at least one service');
  if (others.length === 0) return first;
  const languages = all.map((capabilities) => capabilities.languages);
  const byVendor = all.every(({ endpointing }) => endpointing === 'vendor');
  return {
    interimResults: all.every(({ interimResults }) => interimResults),
    endpointing: byVendor ? 'vendor' : 'hub',
    ...(byVendor ? { watchesUtterances: true } : {}),
    dictation: first.dictation,
    languages: languages.some((list) => list === undefined)
      ? undefined
      : [...new Set(languages.flatMap((list) => list ?? []))],
  };
}
