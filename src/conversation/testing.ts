import { pino } from 'pino';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type {
  BotActivity,
  BotConnection,
  BotConversationContext,
  BotReasonCode,
  BotSession,
  BotSessionHandlers,
  BotUserAudio,
  HubActivity,
} from '../bots/port.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { TranscriptEntry } from '../calls/record.ts';
import type { AudioFrame } from '../media/audio.ts';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { DetectorEvent, UtteranceDetector } from './detector.ts';
import type { CallControl, OutboundConversation, TurnLedger } from './ports.ts';
import { type ConversationHandle, startConversation } from './runner.ts';
import { FakeStt, FakeTts } from './testing-speech.ts';
import type { UrlAudio } from './url-audio.ts';

/** Activities as a bot connector hands them over. */
export function botMessage(
  text: string,
  activityParams: Record<string, unknown> = {},
  sessionParams: Record<string, unknown> = {},
): BotActivity {
  return { id: `m:${text}`, type: 'message', name: undefined, text, value: undefined, activityParams, sessionParams };
}

export function botEvent(
  name: string,
  activityParams: Record<string, unknown> = {},
  sessionParams: Record<string, unknown> = {},
): BotActivity {
  return { id: `e:${name}`, type: 'event', name, text: undefined, value: undefined, activityParams, sessionParams };
}

/** What a scripted bot does with a request: its reply, at once or later; or a throw. */
export type BotScript = (
  activities: readonly HubActivity[],
) => readonly BotActivity[] | Promise<readonly BotActivity[]>;

/** A bot connection that answers as a script says and writes down what it is told. */
export class FakeBot implements BotConnection {
  readonly id = 'fake';
  readonly name = 'Fake';
  readonly requests: (readonly HubActivity[])[] = [];
  readonly contexts: BotConversationContext[] = [];
  readonly ends: { reasonCode: BotReasonCode; reason: string }[] = [];
  handlers: BotSessionHandlers | undefined;
  /** Set before the call for a bot that hears or speaks itself. */
  audio?: { directStt: boolean; directTts: boolean };
  /** What it was told of the caller's audio: `start`, `stop`, and frames in between as one number. */
  readonly userAudio: (string | number)[] = [];
  readonly marks: string[] = [];
  /** What `open` waits for, or throws. */
  opening: () => Promise<void> = async () => {};
  script: BotScript;

  constructor(script: BotScript) {
    this.script = script;
  }

  async open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession> {
    this.contexts.push(context);
    await this.opening();
    this.handlers = handlers;
    return {
      ...(this.audio?.directStt === true ? { userAudio: this.#userAudio() } : {}),
      ...(this.audio?.directTts === true ? { markReached: (markId: string) => this.marks.push(markId) } : {}),
      send: async (activities) => {
        this.requests.push(activities);
        const reply = await this.script(activities);
        if (!context.signal.aborted && reply.length > 0) handlers.onActivities(reply);
      },
      end: async (reason) => {
        this.ends.push(reason);
      },
    };
  }

  async close(): Promise<void> {}

  #userAudio(): BotUserAudio {
    const heard = this.userAudio;
    return {
      start: () => heard.push('start'),
      stop: () => heard.push('stop'),
      write: () => {
        const last = heard.at(-1);
        if (typeof last === 'number') heard[heard.length - 1] = last + 1;
        else heard.push(1);
      },
    };
  }

  /** A stream of its own audio, all at once. */
  play(
    streamId: string,
    ms: number,
    options: { altText?: string; activityParams?: Record<string, unknown> } = {},
  ): void {
    const { altText, activityParams = {} } = options;
    this.handlers?.onPlay?.({ type: 'start', streamId, altText, activityParams });
    this.handlers?.onPlay?.({ type: 'audio', streamId, samples: new Int16Array(ms * 8).fill(1000) });
    this.handlers?.onPlay?.({ type: 'stop', streamId });
  }

  /** All activities in order, as short texts: `yes`, `DTMF:1`, `start`. */
  heard(): string[] {
    return this.requests.flat().map((activity) => {
      if (activity.type === 'message') return activity.text ?? '';
      return activity.value === undefined
        ? (activity.name ?? '')
        : `${activity.name}:${JSON.stringify(activity.value)}`;
    });
  }
}

/** Level of what a test's caller says: speech, or a noise that is too short to be any. */
export const VOICE = 3000;

/** Anything but silence is voice: begins after 120 ms of it, ends after 400 ms without; less than 200 ms was noise. */
export class FakeDetector implements UtteranceDetector {
  static readonly startMs = 120;
  static readonly silenceMs = 400;
  static readonly noiseMs = 200;
  #voicedMs = 0;
  #silentMs = 0;
  #speaking = false;
  closed = false;

  push(frame: AudioFrame): DetectorEvent | undefined {
    const voiced = frame.samples[0] !== 0;
    this.#silentMs = voiced ? 0 : this.#silentMs + 20;
    if (voiced) this.#voicedMs += 20;
    if (!this.#speaking) {
      if (!voiced) this.#voicedMs = 0;
      if (this.#voicedMs < FakeDetector.startMs) return undefined;
      this.#speaking = true;
      return { type: 'started', preRollMs: FakeDetector.startMs };
    }
    if (this.#silentMs < FakeDetector.silenceMs) return undefined;
    const noise = this.#voicedMs < FakeDetector.noiseMs;
    this.reset();
    return noise ? { type: 'discarded' } : { type: 'ended', trailingSilenceMs: FakeDetector.silenceMs };
  }

  configure(): void {}

  reset(): void {
    this.#voicedMs = 0;
    this.#silentMs = 0;
    this.#speaking = false;
  }

  close(): void {
    this.closed = true;
  }
}

/** A caller who offers G.711 u-law and keys. */
export const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 30000 RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=sendrecv',
  '',
].join('\r\n');

export interface RigOptions {
  parameters?: BotParameterLayer;
  bot?: BotScript;
  stt?: FakeStt | undefined;
  headers?: Record<string, string[]>;
  audio?: { directStt: boolean; directTts: boolean };
  urlAudio?: UrlAudio;
  /** The hub places the call. */
  outbound?: OutboundConversation;
  transfer?: CallControl['transfer'];
}

/** A conversation with everything around it faked, on a clock that the test moves. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly bot: FakeBot;
  readonly tts = new FakeTts(this.clock);
  readonly stt: FakeStt | undefined;
  readonly detector = new FakeDetector();
  readonly transcript: TranscriptEntry[] = [];
  readonly turns: TurnLedger[] = [];
  /** Set before the call. */
  urlAudio: UrlAudio | undefined;
  readonly hangups: EndReason[] = [];
  readonly hangupHeaders: Readonly<Record<string, string>>[] = [];
  readonly infos: string[] = [];
  readonly abort = new AbortController();
  answeredAt: number | undefined;
  answering: () => Promise<void> = async () => {};
  endedWith: EndReason | undefined;
  readonly #options: RigOptions;
  #media: FakeEndpoint | undefined;
  #handle: ConversationHandle | undefined;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.bot = new FakeBot(options.bot ?? (() => []));
    if (options.audio !== undefined) this.bot.audio = options.audio;
    this.urlAudio = options.urlAudio;
    this.stt = 'stt' in options ? options.stt : new FakeStt();
  }

  get media(): FakeEndpoint {
    if (this.#media === undefined) throw new Error('start() first');
    return this.#media;
  }

  get handle(): ConversationHandle {
    if (this.#handle === undefined) throw new Error('start() first');
    return this.#handle;
  }

  async start(): Promise<this> {
    const engine = new FakeMediaEngine({ clock: this.clock, timeoutMs: 10_000_000 });
    this.#media = await engine.createEndpoint({ callId: 'call-1' });
    await this.media.answer(OFFER);
    let id = 0;
    this.#handle = startConversation({
      facts: {
        callId: 'call-1',
        conversationId: 'conversation-1',
        caller: '+15550001',
        callerHost: 'carrier.example',
        callerDisplayName: 'Ann',
        callee: '+15551230001',
        calleeHost: 'hub.example',
        headers: new Map(Object.entries(this.#options.headers ?? {})),
        ...(this.#options.outbound === undefined
          ? {}
          : { dialout: { target: 'tel:+15551230001', metadata: { order: 7 } } }),
      },
      bot: this.bot,
      stt: this.stt,
      tts: this.tts,
      media: this.media,
      control: {
        answer: async () => {
          await this.answering();
          this.answeredAt ??= this.clock.now();
        },
        hangup: (reason, headers = {}) => {
          this.hangups.push(reason);
          this.hangupHeaders.push(headers);
        },
        sendInfo: async ({ body }) => {
          this.infos.push(body);
        },
        ...(this.#options.transfer === undefined ? {} : { transfer: this.#options.transfer }),
      },
      observer: {
        transcript: (entry) => this.transcript.push({ atMs: 0, ...entry }),
        turn: (ledger) => this.turns.push(ledger),
      },
      parameters: this.#options.parameters ?? {},
      createDetector: () => this.detector,
      urlAudio: this.urlAudio,
      outbound: this.#options.outbound,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      signal: this.abort.signal,
      newId: () => {
        id += 1;
        return `id-${id}`;
      },
    });
    void this.handle.ended.then((reason) => {
      this.endedWith = reason;
    });
    await this.clock.run(0);
    return this;
  }

  run(ms: number): Promise<void> {
    return this.clock.run(ms);
  }

  /** The caller speaks for `ms`, then is silent. */
  speak(ms: number): void {
    this.media.caller.speak(new Int16Array(ms * 8).fill(VOICE));
  }

  /** When the caller heard prompts, `[from, to)` in ms of the clock. */
  heard(): { from: number; ms: number }[] {
    return this.media.caller.played().map(({ atMs, samples }) => ({ from: atMs, ms: samples.length / 8 }));
  }

  /** `bot: Hello.` per entry. */
  said(): string[] {
    return this.transcript.map(({ speaker, text, interrupted, playedMs }) =>
      interrupted === true ? `${speaker}: ${text} [${playedMs} ms]` : `${speaker}: ${text}`,
    );
  }
}
