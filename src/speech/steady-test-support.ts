import { VirtualClock } from '../media/virtual-clock.ts';
import type { Failover } from './failover.ts';
import { FakeStt, type FakeSttOptions, wordFrames } from './fake-stt.ts';
import { OpeningHedges } from './opening-hedges.ts';
import type { SpeechError, SttOptions, SttSession } from './ports.ts';
import { ServiceHealth } from './service-health.ts';
import type { SteadyLimits } from './steady-limits.ts';
import { steadyStt } from './steady-stt.ts';
import { StickyChoice } from './sticky-choice.ts';

export const SILENCE = [0];
export const pause = (ms: number) => Array<number>(ms / 20).fill(0);

/** What the sessions of a call are opened with. */
export const REQUEST: SttOptions = {
  callId: 'call',
  language: 'en-US',
  sampleRate: 8000,
  contextPhrases: [],
  contextBoost: 0,
  vendorOptions: undefined,
};

/** Fakes behind steady recognition, on a clock that only the test moves. */
export function steadyFakes(limits: SteadyLimits, services: readonly Omit<FakeSttOptions, 'clock'>[]) {
  const clock = new VirtualClock();
  const fakes = services.map((options, index) => new FakeStt({ id: `s${index}`, ...options, clock }));
  const failovers: Failover[] = [];
  const health = fakes.map(
    () => new ServiceHealth({ probe: () => Promise.resolve(), probeAfterMs: 60_000, onChange: () => {} }),
  );
  const hedges = fakes.map(() => new OpeningHedges());
  const stt = steadyStt({
    candidates: fakes.map((stt, index) => ({
      stt,
      health: health[index] as ServiceHealth,
      hedges: hedges[index] as OpeningHedges,
    })),
    limits,
    clock,
    choice: new StickyChoice(),
    onFailover: (failover) => failovers.push(failover),
  });
  return { clock, fakes, failovers, health, hedges, stt };
}

/** A call with these services behind it. */
export function rig(...services: Omit<FakeSttOptions, 'clock'>[]) {
  const made = steadyFakes({ openMs: 1_000, finalMs: 700, silentMs: 1_000 }, services);
  const { clock, stt } = made;
  const heard: string[] = [];
  const errors: SpeechError[] = [];
  let session: SttSession | undefined;
  let timestampMs = 0;
  const hub = stt.capabilities.endpointing === 'hub';
  return {
    ...made,
    heard,
    errors,
    get session() {
      return session;
    },
    async open(callId = 'call') {
      session = await stt.open({ ...REQUEST, callId }, new AbortController().signal);
      session.on('final', ({ text }) => heard.push(text));
      session.on('error', (error) => errors.push(error));
    },
    /** The caller says words (0: 20 ms of silence), in real time. */
    async say(...words: number[]) {
      const speaks = words.some((word) => word !== 0);
      if (hub && speaks) session?.startUtterance(0);
      for (const samples of wordFrames(words)) {
        session?.write({ samples, sampleRate: 8000, timestampMs });
        timestampMs += 20;
        await clock.run(20);
      }
      if (hub && speaks) session?.endUtterance(0);
    },
    words: () => heard.flatMap((text) => text.split(' ').filter(Boolean).map(Number)),
  };
}
