import { describe, test } from 'vitest';
import type { SpeechService, SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { type Environment, type LiveService, liveServices, type Way } from './live-services.ts';
import { describeSttContract } from './stt-contract.ts';
import type { KitVoice, SttHand } from './stt-harness.ts';
import { describeTtsContract, type TtsHand } from './tts-contract.ts';

export interface LiveOptions {
  /** How words are said to recognisers; absent: as fakes understand them. */
  voice?: KitVoice;
  /** Real time between two frames. */
  frameMs?: number;
  /** Absent: everything, and what the environment does not lead to is listed as skipped. */
  only?: (name: string, part: 'stt' | 'tts') => boolean;
}

const CASE_MS = 120_000;
const PATIENCE_MS = 20_000;

/** Nobody can make a real vendor do this. */
const NO_HANDS = { stt: ['hang', 'freeze', 'break'], tts: ['freeze', 'breakAfter', 'running'] } as const satisfies {
  stt: readonly SttHand[];
  tts: readonly TtsHand[];
};

/** Runs the kits on the vendors that the environment leads to, and skips them on the others. */
export function describeLiveSpeech(environment: Environment, options: LiveOptions): void {
  const { only } = options;
  for (const service of liveServices(environment)) {
    const { name, open, parts } = service;
    const wanted = parts.filter((part) => only === undefined || (open !== undefined && only(name, part)));
    if (wanted.length === 0) continue;
    if (open === undefined) {
      test.skip(`${name} itself`, () => {});
      continue;
    }
    describe('the vendor itself', { timeout: CASE_MS }, () => {
      if (wanted.includes('stt')) describeStt(service, options);
      if (wanted.includes('tts')) describeTts(service);
    });
  }
}

function describeStt({ name, open, stt: kind = {}, free }: LiveService, options: LiveOptions): void {
  const lacks = [...NO_HANDS.stt, ...(kind.lacks ?? []), ...(free === true ? (['refuse'] as const) : [])];
  describeSttContract(
    name,
    async () => {
      const { current, ...hands } = waysOf(open);
      const first = sttOf(current());
      return {
        ...(options.voice && { voice: options.voice }),
        frameMs: options.frameMs ?? 0,
        ...hands,
        stt: {
          id: first.id,
          capabilities: first.capabilities,
          open: (wanted, signal) => sttOf(current()).open(wanted, signal),
        },
        patienceMs: PATIENCE_MS,
      };
    },
    { ...kind, lacks },
  );
}

function describeTts({ name, open, free }: LiveService): void {
  const lacks = [...NO_HANDS.tts, ...(free === true ? (['refuse'] as const) : [])];
  describeTtsContract(
    name,
    async () => {
      const { current, ...hands } = waysOf(open);
      const first = ttsOf(current());
      return {
        ...hands,
        tts: {
          id: first.id,
          capabilities: first.capabilities,
          synthesize: (request, signal) => ttsOf(current()).synthesize(request, signal),
        },
        patienceMs: PATIENCE_MS,
      };
    },
    { exact: false, lacks },
  );
}

/** What can be done to a real vendor: to go there with other credentials, and to go somewhere else. */
function waysOf(open: LiveService['open']) {
  const services: SpeechService[] = [];
  const go = (way: Way) => {
    if (open === undefined) throw new Error('nothing leads to the vendor');
    services.push(open(way));
  };
  go('right');
  return {
    current: () => services.at(-1) as SpeechService,
    refuse: () => go('refused'),
    vanish: async () => go('absent'),
    async dispose() {
      for (const service of services) await service.close();
    },
  };
}

function sttOf({ stt }: SpeechService): SpeechToText {
  if (stt === undefined) throw new Error('it does not recognise speech');
  return stt;
}

function ttsOf({ tts }: SpeechService): TextToSpeech {
  if (tts === undefined) throw new Error('it does not speak');
  return tts;
}
