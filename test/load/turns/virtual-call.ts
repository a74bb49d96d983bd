import { pino } from 'pino';
import { compileGrammar } from '../../../connectors/speech/local/stt/grammar.ts';
import { type DecodeJob, type DecodeResult, DecoderPool } from '../../../connectors/speech/local/stt/stt-pool.ts';
import { localSttSession } from '../../../connectors/speech/local/stt/stt-session.ts';
import type { TranscriptEntry } from '../../../src/calls/record.ts';
import { systemClock } from '../../../src/clock.ts';
import type { UtteranceDetector } from '../../../src/conversation/detector.ts';
import { startConversation } from '../../../src/conversation/runner.ts';
import { botMessage, FakeBot, OFFER } from '../../../src/conversation/testing.ts';
import { FakeTts } from '../../../src/conversation/testing-speech.ts';
import { createVadDetector } from '../../../src/conversation/vad-detector.ts';
import type { FakeEndpoint } from '../../../src/media/fake-endpoint.ts';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import type { SpeechToText } from '../../../src/speech/ports.ts';
import { createVad } from '../../../src/speech/vad.ts';
import { type BenchClip, HINTS } from './clips.ts';
import { onIdleLine } from './idle-line.ts';

type TranscriptPart = Pick<TranscriptEntry, 'speaker' | 'interrupted'>;

/** What became of a prompt that a clip was said into. */
export interface SweepTrial {
  kind: BenchClip['kind'];
  clip: string;
  /** Samples by which the clip is shifted against the frames. */
  phase: number;
  interrupted: boolean;
  /** The longest silence in the prompt, milliseconds. */
  heldMs: number;
  /** What the detector and the recogniser said of it, in order. */
  heard: readonly string[];
}

const log = pino({ level: 'warn' });
const FACTS = {
  ...{ callId: 'sweep', conversationId: 'sweep', caller: '', callerHost: '', callerDisplayName: '' },
  ...{ callee: '', calleeHost: '', headers: new Map<string, string[]>() },
};
const PARAMETERS = {
  ...{ language: 'en-US', bargeIn: true, notUnderstoodSendToBot: true, userNoInputTimeoutMS: 0 },
  ...{ endpointingSilenceMS: 600, endpointingMinSpeechMS: 120, sttContextPhrases: [...HINTS] },
};
const PROMPT = 'A prompt that goes on and on. '.repeat(12);
const FRAME_MS = 20;
/** The noise floor of the line becomes known. */
const BEFORE_MS = 800;
/** A verdict takes less. */
const AFTER_MS = 3500;

/** Decoders whose work takes no time on the clock of a call but this, however busy the machine is. */
const DECODE_MS = 80;

class PacedDecoders extends DecoderPool {
  readonly #clock: VirtualClock;
  #underWay: Promise<unknown>[] = [];

  constructor(clock: VirtualClock) {
    super({ workers: 1, clock: systemClock, log }, compileGrammar(HINTS, 'en'));
    this.#clock = clock;
  }

  override decode(job: DecodeJob): Promise<DecodeResult> {
    return this.#paced(super.decode(job));
  }

  override decodeIfIdle(job: DecodeJob): Promise<DecodeResult> | undefined {
    const result = super.decodeIfIdle(job);
    return result === undefined ? undefined : this.#paced(result);
  }

  /** Resolves when no decoder works. */
  async idle(): Promise<void> {
    while (this.#underWay.length > 0) await Promise.allSettled(this.#underWay.splice(0));
  }

  async #paced(result: Promise<DecodeResult>): Promise<DecodeResult> {
    this.#underWay.push(result);
    const decoded = await result;
    await new Promise<void>((resolve) => this.#clock.after(DECODE_MS, resolve));
    return decoded;
  }
}

/**
 * The hub's ears and its rules of barge-in, without a network, on a clock of its own: voice activity detection, the local recogniser and a
 * conversation. The same clip in the same position always leads to the same end.
 */
export class VirtualCall {
  readonly #clock = new VirtualClock();
  readonly #decoders = new PacedDecoders(this.#clock);

  /** Says a clip into a prompt that goes on, `phase` samples after the beginning of a frame. */
  async say({ kind, name, samples }: BenchClip, phase: number): Promise<SweepTrial> {
    await this.#decoders.ready();
    const clock = this.#clock;
    const heard: string[] = [];
    const transcript: TranscriptPart[] = [];
    const engine = new FakeMediaEngine({ clock });
    const media = await engine.createEndpoint({ callId: 'sweep' });
    await media.answer(OFFER);
    const vad = await createVad('auto');
    const conversation = startConversation({
      facts: FACTS,
      bot: new FakeBot(() => [botMessage(PROMPT)]),
      stt: this.#recogniser(heard),
      tts: new FakeTts(clock),
      media,
      control: { answer: async () => undefined, hangup: () => undefined },
      observer: { transcript: (entry) => transcript.push(entry), turn: () => undefined },
      parameters: PARAMETERS,
      createDetector: () =>
        noting(
          createVadDetector(Promise.resolve(vad), (error) => log.error(error)),
          heard,
        ),
      clock,
      log,
      signal: new AbortController().signal,
    });
    const interrupted = (): boolean => transcript.some((entry) => entry.interrupted === true);
    media.caller.speak(onIdleLine(samples, { beforeMs: BEFORE_MS, phase, afterMs: AFTER_MS }));
    while (media.caller.outgoing.length > 0 && !interrupted()) {
      await clock.run(FRAME_MS);
      await this.#decoders.idle();
    }
    const trial = { kind, clip: name, phase, interrupted: interrupted(), heldMs: longestGapMs(media), heard };
    conversation.end({ category: 'shutdown', by: 'hub', text: 'the trial is over' });
    await clock.run(FRAME_MS);
    await engine.close();
    return trial;
  }

  close(): Promise<void> {
    return this.#decoders.close();
  }

  #recogniser(heard: string[]): SpeechToText {
    const compile = (phrases: readonly string[]) => compileGrammar(phrases, 'en');
    return {
      id: 'local',
      capabilities: { interimResults: true, endpointing: 'hub', dictation: false, languages: undefined },
      open: async (request, signal) => {
        const session = localSttSession(this.#decoders, compile, request, signal);
        session.on('interim', ({ text }) => heard.push(`~${text}`));
        session.on('final', ({ text, refused, shape }) => {
          heard.push(
            refused === undefined ? `"${text}"` : `refused "${refused}"`,
            ...(shape === undefined ? [] : [shape]),
          );
        });
        return session;
      },
    };
  }
}

/** Writes down what a detector finds. */
function noting(detector: UtteranceDetector, found: string[]): UtteranceDetector {
  return {
    push(frame) {
      const event = detector.push(frame);
      if (event !== undefined) found.push(event.type);
      return event;
    },
    get confirmed() {
      return detector.confirmed !== false;
    },
    configure: (options) => detector.configure(options),
    reset: () => detector.reset(),
    close: () => detector.close(),
  };
}

function longestGapMs(media: FakeEndpoint): number {
  let longest = 0;
  let end: number | undefined;
  for (const { atMs, samples } of media.caller.played()) {
    if (end !== undefined) longest = Math.max(longest, atMs - end);
    end = atMs + samples.length / 8;
  }
  return longest;
}
