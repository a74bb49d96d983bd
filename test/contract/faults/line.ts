import { pino } from 'pino';
import { expect, vi } from 'vitest';
import type { BotParameterLayer } from '../../../src/bots/parameters.ts';
import type { BotConnection } from '../../../src/bots/port.ts';
import type { EndReason } from '../../../src/calls/end-reason.ts';
import type { TranscriptEntry } from '../../../src/calls/record.ts';
import type { Clock } from '../../../src/clock.ts';
import { startConversation } from '../../../src/conversation/runner.ts';
import { FakeDetector, OFFER } from '../../../src/conversation/testing.ts';
import { failoverEntry } from '../../../src/hub/failover-record.ts';
import type { Speech } from '../../../src/hub/speech.ts';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import type { SpeechToText, TextToSpeech } from '../../../src/speech/ports.ts';
import { ServedClock } from './served-clock.ts';

/** Time runs faster in these calls, for all but the fakes' sockets. */
export const hurried: Clock = new ServedClock(3);

export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 5 });

export interface LineOptions {
  bot: BotConnection;
  stt?: SpeechToText | undefined;
  tts?: TextToSpeech | undefined;
  parameters?: BotParameterLayer;
  /** Tells of the call's failovers. */
  speech?: Pick<Speech, 'onFailover'>;
  clock?: Clock;
}

export type Line = Awaited<ReturnType<typeof openLine>>;

/** A call without a telephone: a conversation with a real connector, a caller who says words, and the record. */
export async function openLine({ bot, stt, tts, parameters = {}, speech, clock = hurried }: LineOptions) {
  const engine = new FakeMediaEngine({ clock });
  const callId = crypto.randomUUID();
  const media = await engine.createEndpoint({ callId });
  await media.answer(OFFER);
  media.caller.sendSilence(true);
  const transcript: Omit<TranscriptEntry, 'atMs'>[] = [];
  const unwatch = speech?.onFailover(callId, (failover) => transcript.push(failoverEntry(failover)));
  const abort = new AbortController();
  const [answered, endedWith]: [number[], EndReason[]] = [[], []];
  const conversation = startConversation({
    facts: {
      ...{ callId, conversationId: crypto.randomUUID(), caller: '+15551230001', callerHost: 'h' },
      ...{ callerDisplayName: '', callee: '+2', calleeHost: 'h', headers: new Map() },
    },
    ...{ bot, stt, tts, media },
    control: { answer: async () => void answered.push(clock.now()), hangup: () => {}, sendInfo: async () => {} },
    observer: { transcript: (entry) => transcript.push(entry), turn: () => {} },
    parameters: { language: 'en-US', userNoInputTimeoutMS: 60_000, ...parameters },
    createDetector: () => new FakeDetector(),
    clock,
    log: pino({ level: 'silent' }),
    signal: abort.signal,
  });
  let heardBefore = 0;
  void conversation.ended.then((reason) => endedWith.push(reason));
  return {
    callId,
    transcript,
    /** Whether the caller got an answer at all. */
    answered: () => answered.length > 0,
    /** How the call ended, as its record says; undefined: it goes on. */
    ended: () => endedWith[0],
    speak(...words: number[]) {
      heardBefore = media.caller.spans.length;
      for (const samples of wordFrames(words)) media.caller.speak(samples);
    },
    /** Frames that the caller is still to say. */
    left: () => media.caller.outgoing.length,
    /** The caller has said everything, as far as the line is concerned. */
    said: () => eventually(() => expect(media.caller.outgoing).toHaveLength(0)),
    /** @returns for how long the caller hears nothing after the last word that he has said */
    async silentMs() {
      const since = clock.now();
      await eventually(() => expect(media.caller.spans.length).toBeGreaterThan(heardBefore));
      return clock.now() - since;
    },
    /** What the caller heard, without the silence between. */
    samples: () => Int16Array.from(media.caller.played().flatMap(({ samples }) => [...samples])),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await conversation.ended;
      unwatch?.();
      await engine.close();
    },
  };
}

/** The text of audio in which each sample is a character, as `FakeTts` makes it. */
export function textOf(samples: Int16Array): string {
  return [...samples].map((sample) => (sample === 0 ? '' : String.fromCharCode(sample))).join('');
}
