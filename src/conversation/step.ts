import { connectionConflicts } from '../bots/connection-rules.ts';
import { isPermitted, parameterConflicts } from '../bots/parameter-rules.ts';
import {
  type BotParameterLayer,
  type BotParameters,
  DEFAULT_BOT_PARAMETERS,
  mergeLayers,
  type ParameterName,
  parseBotParameters,
  resolveParameters,
} from '../bots/parameters.ts';
import { botReasonCode, type EndReason } from '../calls/end-reason.ts';
import type { Effect, OutgoingActivity, PromptOutcome } from './effects.ts';
import { spokenText } from './standard-speech.ts';
import {
  type ConversationState,
  type Prompt,
  type PromptKind,
  type PromptSource,
  type QueueItem,
  wantsEvent,
} from './state.ts';
import type { TimerId } from './timers.ts';
import { ttsParameters } from './vendor-options.ts';

export interface PromptOptions {
  overlay?: BotParameterLayer;
  activityId?: string;
}

interface EndOptions {
  byCaller?: boolean;
  leavesCall?: boolean;
  farewell?: readonly Omit<OutgoingActivity, 'language'>[];
}

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
    s.params = this.paramsWith(s.overlay);
  }

  /**
   * Reads parameters that the bot sent and may set; what is wrong with them, and what this call cannot honour, is
   * logged once per name and kind.
   */
  parse(raw: Readonly<Record<string, unknown>>, scope: 'session' | 'activity'): BotParameterLayer {
    const permitted = Object.entries(raw).filter(([name]) => this.permits('parameter', name));
    const { values, warnings } = parseBotParameters(Object.fromEntries(permitted), scope);
    const { botHears = false, connection = { directStt: botHears, directTts: false } } = this.state.capabilities;
    for (const warning of [...warnings, ...connectionConflicts(values, connection)]) {
      this.warnOnce(`${warning.code} ${warning.parameter}`, 'The bot sent a parameter that has no effect', {
        ...warning,
      });
    }
    return values;
  }

  /** Warns of what contradicts itself among all layers together. */
  warnConflicts(): void {
    const { connectorLayer, botLayer, sessionLayer, overlay } = this.state;
    const set = mergeLayers(mergeLayers(botLayer, sessionLayer), overlay);
    for (const conflict of parameterConflicts(this.state.params)) {
      // What only the connector has set is nobody's mistake.
      const name = conflict.parameter as ParameterName;
      if (connectorLayer[name] !== undefined && set[name] === undefined) continue;
      this.warnOnce(`${conflict.code} ${conflict.parameter}`, 'Parameters of the bot contradict each other', {
        ...conflict,
      });
    }
  }

  /** Whether the lists of the configuration let the bot use a parameter or an event (Bot API 6.1). */
  permits(kind: 'parameter' | 'event', name: string): boolean {
    const p = this.state.params;
    const permitted =
      kind === 'parameter'
        ? isPermitted(name, p.botParametersWhitelist, p.botParametersBlacklist)
        : isPermitted(name, p.botEventsWhitelist?.map(canonicalEvent), p.botEventsBlacklist?.map(canonicalEvent));
    if (!permitted) {
      this.warnOnce(
        `blocked ${kind} ${name.slice(0, 100)}`,
        `The bot used ${kind === 'event' ? 'an event' : 'a parameter'} that the configuration does not let it use`,
        { name: name.slice(0, 100) },
      );
    }
    return permitted;
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
      language: this.#inputLanguage(),
      ...(input && s.interrupted !== undefined ? { interrupted: s.interrupted } : {}),
    };
    s.outbox = [...s.outbox, { activity: complete, input }];
    if (input) this.handOver();
  }

  /** It is the bot's turn. */
  handOver(): void {
    const s = this.state;
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

  /** The parameters as they will be while a prompt with this overlay is the latest. */
  paramsWith(overlay: BotParameterLayer): BotParameters {
    const { connectorLayer, botLayer, sessionLayer } = this.state;
    return resolveParameters(DEFAULT_BOT_PARAMETERS, mergeLayers(connectorLayer, botLayer), sessionLayer, overlay);
  }

  /**
   * Queues a prompt, to be spoken with the parameters as they are now plus `overlay`. Without text to speech the
   * hub's own prompts are left out.
   */
  say(kind: PromptKind, text: string, options: PromptOptions = {}): void {
    if (!this.state.capabilities.tts || text.trim() === '') return;
    const params = this.paramsWith(options.overlay ?? this.state.overlay);
    const language = params.ttsLanguage === '' ? params.language : params.ttsLanguage;
    const parameters = ttsParameters(params);
    const how = { language, voice: params.voiceName || undefined, cache: !params.disableTtsCache };
    this.play(kind, { type: 'text', ...how, ...(parameters && { parameters }) }, text, options);
  }

  /** Says one of the hub's own prompts, or plays its URL where there is nothing to say. */
  sayOrPlay(kind: PromptKind, text: string, url: string): void {
    if (text.trim() !== '') this.say(kind, text);
    else if (url !== '') this.play(kind, this.urlSource(url, this.state.params), '');
  }

  urlSource(url: string, params: BotParameters): PromptSource {
    return { type: 'url', url, mediaFormat: params.playUrlMediaFormat, caching: params.playUrlCaching };
  }

  /** Queues a prompt of any source. False when too much waits already. */
  play(kind: PromptKind, source: PromptSource, text: string, options: PromptOptions = {}): boolean {
    const s = this.state;
    const { overlay = s.overlay, activityId = '' } = options;
    const prompt: Prompt = { id: s.nextPromptId, kind, text, source, activityId, overlay };
    s.nextPromptId += 1;
    const queued = this.enqueue({ type: 'prompt', prompt });
    if (queued) this.emit({ type: 'preparePrompt', prompt });
    return queued;
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

  /**
   * Ends the conversation now. `byCaller`: the call is already over, so there is nothing to hang up. `leavesCall`: it goes on
   * without the bot. `farewell`: what the bot is told besides.
   */
  end(reason: EndReason, options: EndOptions = {}): void {
    const s = this.state;
    if (s.ended !== undefined) return;
    const { byCaller = false, leavesCall = false, farewell = [] } = options;
    this.stopPrompts('aborted');
    if (s.current?.type === 'transfer' && !leavesCall) this.emit({ type: 'cancelTransfer', id: s.current.id });
    for (const id of Object.keys(s.timers) as TimerId[]) this.cancelTimer(id);
    if (s.recognition !== undefined) this.emit({ type: 'stopRecognition' });
    if (s.speechActivity !== undefined) this.emit({ type: 'watchSpeech', options: undefined });
    if (!byCaller && !leavesCall) {
      const named = reason.category === 'bot-hangup' && Object.keys(s.hangupHeaders).length > 0;
      this.emit({ type: 'hangup', reason, ...(named ? { headers: s.hangupHeaders } : {}) });
    }
    const language = this.#inputLanguage();
    const told = [...farewell, ...this.#conversationEnd(reason)].map((activity) => ({ ...activity, language }));
    const last = s.bot === 'open' && told.length > 0 ? { farewell: told } : {};
    this.emit({ type: 'endBot', reason, ...last });
    this.emit({ type: 'ended', reason });
    s.ended = reason;
    s.queue = [];
    s.current = undefined;
    s.outbox = [];
    s.inFlight = undefined;
    s.recognition = undefined;
    s.speechActivity = undefined;
    s.utterance = 'none';
    s.joined = [];
    s.digits = '';
  }

  /** The event conversationEnd, for a bot that asked for it. */
  #conversationEnd(reason: EndReason): Omit<OutgoingActivity, 'language'>[] {
    if (!wantsEvent(this.state, 'conversationEnd')) return [];
    const value = { reasonCode: botReasonCode(reason), reason: reason.text };
    return [{ type: 'event', name: 'conversationEnd', value }];
  }

  #inputLanguage(): string {
    const { sttLanguage, language } = this.state.params;
    return sttLanguage === '' ? language : sttLanguage;
  }

  /**
   * Something that the conversation cannot do without has failed: before the answer the call is refused with 503,
   * so that the caller's side can try another route; afterwards the caller hears the apology, then BYE. A transfer that the bot
   * has asked for is tried all the same, and what it said before that is said.
   */
  fail(category: 'bot-failure' | 'speech-failure', text: string): void {
    const s = this.state;
    if (s.ended !== undefined || s.hangup !== undefined) return;
    this.log('warn', 'The conversation failed', { category, text });
    const reason: EndReason = { category, by: 'hub', text };
    if (s.call === 'ringing' || (s.outbound !== undefined && s.call !== 'answered')) {
      this.end(s.outbound === undefined ? { ...reason, sipStatus: 503 } : reason);
      return;
    }
    const { current, queue } = s;
    const kept = queue.findIndex(({ type }) => type === 'transfer') + 1;
    s.current = undefined;
    s.queue = queue.slice(kept);
    this.stopPrompts('aborted');
    s.current = current;
    s.queue = queue.slice(0, kept);
    s.outbox = [];
    this.say('failure', spokenText('botFailureSpeech', s.params));
    this.hangUpAfterPrompts(reason);
  }
}

/** Events have names in any case, and one of them has two. */
export function canonicalEvent(name: string): string {
  const lower = name.toLowerCase();
  return lower === 'handover' ? 'transfer' : lower;
}
