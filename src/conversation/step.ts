import {
  type BotParameterLayer,
  DEFAULT_BOT_PARAMETERS,
  parseBotParameters,
  resolveParameters,
} from '../bots/parameters.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { Effect, OutgoingActivity, PromptOutcome } from './effects.ts';
import { spokenText } from './standard-speech.ts';
import type { ConversationState, Prompt, PromptKind, QueueItem } from './state.ts';
import type { TimerId } from './timers.ts';

export type Draft = { -readonly [K in keyof ConversationState]: ConversationState[K] };

/** Activities that wait for the bot; more than this means a bot that never answers. */
const MAX_OUTBOX = 64;
/** Prompts and other steps that wait for their turn. */
const MAX_QUEUE = 100;
const MAX_WARNED = 200;

/** One run of the reducer: a copy of the state to change, and the effects so far. Nested values are replaced, never changed. */
export class Step {
  readonly state: Draft;
  readonly effects: Effect[] = [];

  constructor(state: ConversationState) {
    this.state = { ...state };
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  log(level: 'debug' | 'info' | 'warn', message: string, details?: Readonly<Record<string, unknown>>): void {
    this.emit({ type: 'log', level, message, ...(details === undefined ? {} : { details }) });
  }

  /** Gives a warning the first time its `key` occurs. */
  warnOnce(key: string, message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.state.warned.has(key) || this.state.warned.size >= MAX_WARNED) return;
    this.state.warned = new Set(this.state.warned).add(key);
    this.log('warn', message, details);
  }

  // ---- parameters ----

  setLayers(layers: { session?: BotParameterLayer; overlay?: BotParameterLayer }): void {
    const s = this.state;
    if (layers.session !== undefined) s.sessionLayer = layers.session;
    if (layers.overlay !== undefined) s.overlay = layers.overlay;
    s.params = resolveParameters(DEFAULT_BOT_PARAMETERS, s.botLayer, s.sessionLayer, s.overlay);
  }

  /** Reads parameters that the bot sent; what is wrong with them is logged once per name and kind. */
  parse(raw: Readonly<Record<string, unknown>>, scope: 'session' | 'activity'): BotParameterLayer {
    const { values, warnings } = parseBotParameters(raw, scope);
    for (const warning of warnings) {
      this.warnOnce(`${warning.code} ${warning.parameter}`, 'The bot sent a parameter that has no effect', {
        ...warning,
      });
    }
    return values;
  }

  // ---- towards the bot ----

  /** Queues an activity; `input` hands the turn to the bot. */
  send(activity: Omit<OutgoingActivity, 'language'>, input: boolean): void {
    const s = this.state;
    if (s.bot === 'lost') return;
    if (s.outbox.length >= MAX_OUTBOX) {
      this.warnOnce('outbox full', 'The bot does not take activities; one was dropped', { name: activity.name });
      return;
    }
    const complete: OutgoingActivity = {
      ...activity,
      language: s.params.sttLanguage === '' ? s.params.language : s.params.sttLanguage,
      ...(input && s.interrupted !== undefined ? { interrupted: s.interrupted } : {}),
    };
    s.outbox = [...s.outbox, { activity: complete, input }];
    if (!input) return;
    s.interrupted = undefined;
    s.dropped = [];
    s.turn = 'bot';
    s.expectAnother = false;
    s.botDelayCount = 0;
  }

  /** The caller did something that counts: silence and failures are counted anew. */
  callerActed(): void {
    this.state.noInputCount = 0;
    this.state.notUnderstoodCount = 0;
  }

  // ---- playout ----

  /**
   * Queues a prompt, to be spoken with the parameters as they are now plus `overlay`. Without text to speech the
   * hub's own prompts are left out.
   */
  say(kind: PromptKind, text: string, options: { overlay?: BotParameterLayer; activityId?: string } = {}): void {
    const s = this.state;
    if (!s.capabilities.tts || text.trim() === '') return;
    const overlay = options.overlay ?? s.overlay;
    const params = resolveParameters(DEFAULT_BOT_PARAMETERS, s.botLayer, s.sessionLayer, overlay);
    const prompt: Prompt = {
      id: s.nextPromptId,
      kind,
      text,
      language: params.ttsLanguage === '' ? params.language : params.ttsLanguage,
      voice: params.voiceName === '' ? undefined : params.voiceName,
      activityId: options.activityId ?? '',
      overlay,
    };
    s.nextPromptId += 1;
    if (this.enqueue({ type: 'prompt', prompt })) this.emit({ type: 'preparePrompt', prompt });
  }

  /** False when too much waits already. */
  enqueue(item: QueueItem): boolean {
    const s = this.state;
    if (s.queue.length >= MAX_QUEUE) {
      this.warnOnce('queue full', 'Too many prompts and other steps are waiting; one was dropped', { type: item.type });
      return false;
    }
    s.queue = [...s.queue, item];
    return true;
  }

  /** Stops the current prompt, if any, and forgets those that wait. Other queued steps stay. */
  stopPrompts(outcome: Exclude<PromptOutcome, 'finished'>): void {
    const s = this.state;
    const waiting = s.queue.flatMap((item) => (item.type === 'prompt' ? [item.prompt.id] : []));
    const playing = s.current?.type === 'prompt' ? [s.current.prompt.id] : [];
    if (playing.length + waiting.length === 0) return;
    if (s.current?.type === 'prompt') s.current = undefined;
    s.queue = s.queue.filter((item) => item.type !== 'prompt');
    s.ready = new Set();
    this.emit({ type: 'stopPrompts', promptIds: [...playing, ...waiting], outcome });
  }

  // ---- timers ----

  startTimer(id: TimerId, ms: number): void {
    const generation = this.state.nextGeneration;
    this.state.nextGeneration += 1;
    this.state.timers = { ...this.state.timers, [id]: generation };
    this.emit({ type: 'startTimer', id, generation, ms });
  }

  cancelTimer(id: TimerId): void {
    const generation = this.state.timers[id];
    if (generation === undefined) return;
    this.forgetTimer(id);
    this.emit({ type: 'cancelTimer', id, generation });
  }

  /** The timer has fired. */
  forgetTimer(id: TimerId): void {
    const { [id]: _, ...rest } = this.state.timers;
    this.state.timers = rest;
  }

  // ---- the end ----

  /** Queues the hang-up behind what is to be played. The first reason stays. */
  hangUpAfterPrompts(reason: EndReason): void {
    const s = this.state;
    if (s.hangup !== undefined || s.ended !== undefined) return;
    s.hangup = reason;
    s.joined = [];
    s.digits = '';
  }

  /** Ends the conversation now. `byCaller`: the call is already over, so there is nothing to hang up. */
  end(reason: EndReason, options: { byCaller?: boolean } = {}): void {
    const s = this.state;
    if (s.ended !== undefined) return;
    this.stopPrompts('aborted');
    for (const id of Object.keys(s.timers) as TimerId[]) this.cancelTimer(id);
    if (s.recognition !== undefined) this.emit({ type: 'stopRecognition' });
    if (options.byCaller !== true) this.emit({ type: 'hangup', reason });
    this.emit({ type: 'endBot', reason });
    this.emit({ type: 'ended', reason });
    s.ended = reason;
    s.queue = [];
    s.current = undefined;
    s.outbox = [];
    s.inFlight = undefined;
    s.recognition = undefined;
    s.utterance = 'none';
    s.joined = [];
    s.digits = '';
  }

  /**
   * Something that the conversation cannot do without has failed: before the answer the call is refused with 503,
   * so that the caller's side can try another route; afterwards the caller hears the apology, then BYE.
   */
  fail(category: 'bot-failure' | 'speech-failure', text: string): void {
    const s = this.state;
    if (s.ended !== undefined || s.hangup !== undefined) return;
    this.log('warn', 'The conversation failed', { category, text });
    const reason: EndReason = { category, by: 'hub', text };
    if (s.call === 'ringing') {
      this.end({ ...reason, sipStatus: 503 });
      return;
    }
    const current = s.current;
    s.current = undefined;
    this.stopPrompts('aborted');
    s.current = current;
    s.queue = [];
    s.outbox = [];
    this.say('failure', spokenText('botFailureSpeech', s.params));
    this.hangUpAfterPrompts(reason);
  }
}
