import { DEFAULT_BOT_PARAMETERS, resolveParameters } from '../bots/parameters.ts';
import type { EndReason } from '../calls/end-reason.ts';
import { assertNever, messageOf } from '../errors.ts';
import type { MediaEndpointEvents } from '../media/port.ts';
import { connectionFacts } from './connection-facts.ts';
import type { Effect, PromptOutcome } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { type InfoAnswer, type ReceivedInfo, readInfo } from './info.ts';
import { type ConversationDeps, type ConversationParts, createParts } from './parts.ts';
import { plainText } from './plain-text.ts';
import type { ConversationObserver, MachineKind, TransferOutcome, TransferRequest } from './ports.ts';
import { reduce } from './reducer.ts';
import { startParameters } from './start-event.ts';
import { type ConversationState, initialState, type Prompt, phaseOf } from './state.ts';
import type { TimerId } from './timers.ts';

export interface ConversationHandle {
  /** The call is over: CANCEL or BYE. Idempotent. */
  callerHungUp(reason: EndReason): void;
  /** A SIP INFO in the dialog of the call, and how it is to be answered. */
  receiveInfo(info: ReceivedInfo): InfoAnswer;
  /** Of a call that the hub places: who has answered, as soon as it is known. */
  machineDetected(machine: MachineKind): void;
  /** Of a call that the hub places, where the bot was held: it need not wait any longer. */
  release(): void;
  /** Ends the call now and says nothing: shutdown, an operator, lost media. Idempotent. */
  end(reason: EndReason): void;
  /** Resolves when the conversation is over and no timer, listener or request of it is left. Never rejects. */
  readonly ended: Promise<EndReason>;
}

/** One bot talks with one call, from the start event to the end reason. */
export function startConversation(deps: ConversationDeps): ConversationHandle {
  const runner = new Runner(deps);
  runner.dispatch({ type: 'begin' });
  if (deps.signal.aborted) runner.endByAbort();
  return {
    callerHungUp: (reason) => runner.dispatch({ type: 'callerHungUp', reason }),
    receiveInfo: (info) => runner.receiveInfo(info),
    machineDetected: (machine) => runner.dispatch({ type: 'machineDetected', machine }),
    release: () => runner.dispatch({ type: 'released' }),
    end: (reason) => runner.dispatch({ type: 'end', reason }),
    ended: runner.ended,
  };
}

const CANNOT_TRANSFER: TransferOutcome = {
  status: 'failed',
  reasonCode: 'error',
  reason: 'not configured',
  sipStatus: 501,
};

/** Runs the effects of the reducer, and feeds it with what happens. */
class Runner {
  readonly #deps: ConversationDeps;
  readonly #events: ConversationEvent[] = [];
  readonly #timers = new Map<TimerId, () => void>();
  readonly #parts: ConversationParts;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<EndReason>();
  readonly #startedAt: number;
  #answeredAt: number | undefined;
  #cancelTransfer: (() => void) | undefined;
  #state: ConversationState;
  #running = false;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
    const { bot, media, clock, stt, tts, parameters, facts } = deps;
    this.#startedAt = clock.now();
    this.#parts = createParts(deps, {
      emit: (event) => this.dispatch(event),
      onOutcome: (prompt, outcome, playedMs, startedAt) => this.#onOutcome(prompt, outcome, playedMs, startedAt),
      signal: this.#abort.signal,
    });
    const directStt = bot.audio?.directStt === true;
    this.#state = initialState({
      parameters,
      defaults: bot.defaults,
      capabilities: {
        stt: stt !== undefined || directStt,
        tts: tts !== undefined,
        botHears: directStt,
        connection: connectionFacts(bot, stt, tts),
      },
      startParameters: startParameters(facts, resolveParameters(DEFAULT_BOT_PARAMETERS, parameters, {}, {})),
      outbound: deps.outbound,
    });
    media.on('dtmf', this.#onDtmf);
    deps.signal.addEventListener('abort', this.endByAbort, { once: true });
  }

  get ended(): Promise<EndReason> {
    return this.#ended.promise;
  }

  /** Events are handled one after another, also those that arise while one is handled. */
  dispatch(event: ConversationEvent): void {
    this.#events.push(event);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#handle(next);
    } finally {
      this.#running = false;
    }
  }

  receiveInfo(info: ReceivedInfo): InfoAnswer {
    const { answer, metaData } = readInfo(info, this.#state.params.metaDataContentTypes);
    if (metaData !== undefined) this.dispatch({ type: 'metaData', ...metaData });
    return answer;
  }

  readonly endByAbort = (): void => {
    this.dispatch({ type: 'end', reason: { category: 'shutdown', by: 'hub', text: 'The hub is stopping' } });
  };

  readonly #onDtmf = ({ digit }: MediaEndpointEvents['dtmf'][0]): void => this.dispatch({ type: 'dtmf', digit });

  #handle(event: ConversationEvent): void {
    this.#observe(event);
    const before = phaseOf(this.#state);
    const effects = this.#reduce(event);
    const phase = phaseOf(this.#state);
    if (phase !== before) this.#deps.log.debug({ phase, before, event: event.type }, 'conversation phase');
    for (const effect of effects) {
      try {
        this.#run(effect);
      } catch (error) {
        this.#deps.log.error({ err: error, effect: effect.type }, 'an effect of the conversation failed');
        this.dispatch({ type: 'end', reason: internalFailure(error) });
      }
    }
  }

  /** A reducer that throws is a mistake of ours: this call ends, and no other notices. */
  #reduce(event: ConversationEvent): readonly Effect[] {
    try {
      const { state, effects } = reduce(this.#state, event);
      this.#state = state;
      return effects;
    } catch (error) {
      this.#deps.log.error({ err: error, event: event.type }, 'the conversation failed');
      if (event.type === 'end') {
        const { reason } = event;
        this.#state = { ...this.#state, ended: reason };
        const { current } = this.#state;
        return [
          ...(current?.type === 'transfer' ? [{ type: 'cancelTransfer', id: current.id } as const] : []),
          { type: 'hangup', reason },
          { type: 'endBot', reason },
          { type: 'ended', reason },
        ];
      }
      this.dispatch({ type: 'end', reason: internalFailure(error) });
      return [];
    }
  }

  /** Marks of the ledger and of the call's time that events carry. */
  #observe(event: ConversationEvent): void {
    const now = this.#deps.clock.now();
    if (event.type === 'answered') {
      this.#answeredAt ??= now;
      this.#parts.listener?.attach();
      const { outbound } = this.#deps;
      if (outbound?.onAudio !== undefined) this.#parts.tap.onAudio((frame) => outbound.onAudio?.(frame));
    }
    if (event.type === 'interim') this.#deps.outbound?.onText?.(event.text, false);
    if (event.type === 'final' && !event.rejected) this.#deps.outbound?.onText?.(event.text, true);
    if ((event.type === 'final' && !event.rejected) || event.type === 'botHeard') this.#parts.turns.finalText(now);
    if (event.type === 'promptReady') this.#parts.turns.ttsFirstByte(event.promptId, now);
  }

  #run(effect: Effect): void {
    const { control, clock, log, media } = this.#deps;
    switch (effect.type) {
      case 'openBot':
        this.#parts.link.open();
        return;
      case 'answer':
        control.answer().then(
          () => this.dispatch({ type: 'answered' }),
          (error: unknown) => this.dispatch({ type: 'answerFailed', message: messageOf(error) }),
        );
        return;
      case 'sendToBot':
        if (effect.input) this.#parts.turns.botRequest(clock.now());
        this.#parts.link.send(effect.requestId, effect.activities, effect.failOnErrors);
        return;
      case 'endBot':
        this.#parts.link.end(effect.reason, effect.farewell);
        return;
      case 'botTookTurn':
        this.#parts.turns.botRequest(clock.now());
        return;
      case 'refuseStream':
        this.#parts.streams.refuse(effect.stream);
        return;
      case 'sendMetaData':
        this.#parts.metaData.send(effect.metadata, effect.target);
        return;
      case 'watchSpeech':
        this.#parts.activity.set(effect.options);
        return;
      case 'preparePrompt':
        if (effect.prompt.kind === 'message') this.#parts.turns.botReply(effect.prompt.id, clock.now());
        this.#parts.speaker.prepare(effect.prompt);
        return;
      case 'playPrompt':
        this.#parts.speaker.play(effect.promptId);
        return;
      case 'pausePlayout':
        this.#parts.speaker.pause();
        return;
      case 'resumePlayout':
        this.#parts.speaker.resume();
        return;
      case 'stopPrompts':
        this.#parts.speaker.stop(effect.promptIds, effect.outcome);
        return;
      case 'startRecognition':
        this.#parts.listener?.start(effect.options);
        return;
      case 'stopRecognition':
        this.#parts.listener?.stop();
        return;
      case 'endUtterance':
        this.#parts.listener?.endUtterance();
        return;
      case 'sendDtmf': {
        const done = () => this.dispatch({ type: 'dtmfSent', id: effect.id });
        media.sendDtmf(effect.digits).then(done, (error: unknown) => {
          log.warn({ err: error }, 'key presses could not be sent');
          done();
        });
        return;
      }
      case 'record':
        this.#record(effect.action, effect.name);
        return;
      case 'transfer':
        this.#transfer(effect.id, effect.request);
        return;
      case 'cancelTransfer':
        this.#cancelTransfer?.();
        return;
      case 'startTimer': {
        const { id, generation } = effect;
        const cancel = clock.after(effect.ms, () => {
          this.#timers.delete(id);
          this.dispatch({ type: 'timer', id, generation });
        });
        this.#timers.set(id, cancel);
        return;
      }
      case 'cancelTimer':
        this.#timers.get(effect.id)?.();
        this.#timers.delete(effect.id);
        return;
      case 'hangup':
        control.hangup(effect.reason, effect.headers);
        return;
      case 'transcript':
        this.#transcribe({ ...effect.entry, atMs: this.#atMs(clock.now()) });
        return;
      case 'log':
        log[effect.level](effect.details ?? {}, effect.message);
        return;
      case 'ended':
        void this.#finish(effect.reason);
        return;
      default:
        assertNever(effect);
    }
  }

  #record(action: 'start' | 'stop' | 'pause' | 'resume', name: string): void {
    const { record, log } = this.#deps;
    try {
      if (record === undefined) log.warn({ action }, 'the bot asks for a recording, and nothing can be recorded');
      else record(action, name === '' ? undefined : name);
    } catch (error) {
      log.warn({ action, reason: messageOf(error) }, 'what the bot asks of recordings cannot be done');
    }
  }

  #transfer(id: number, request: TransferRequest): void {
    const { control, log } = this.#deps;
    const start = control.transfer?.(request, {
      ended: (outcome) => this.dispatch({ type: 'transferEnded', id, outcome }),
      returned: (reason) => this.dispatch({ type: 'transferReturned', id, reason }),
    }) ?? { begun: false, outcome: CANNOT_TRANSFER };
    log.info({ target: request.target, begun: start.begun }, 'transfer');
    if (start.begun) {
      this.#cancelTransfer = () => start.cancel();
      this.dispatch({ type: 'transferBegun', id });
    } else this.dispatch({ type: 'transferEnded', id, outcome: start.outcome });
  }

  /** Milliseconds since the answer, since the beginning before it. */
  #atMs(at: number): number {
    return Math.max(0, Math.round(at - (this.#answeredAt ?? this.#startedAt)));
  }

  #onOutcome(prompt: Prompt, outcome: PromptOutcome, playedMs: number, startedAt: number): void {
    this.#transcribe({
      atMs: this.#atMs(startedAt),
      speaker: prompt.kind === 'message' ? 'bot' : 'hub',
      kind: 'speech',
      text: prompt.text === '' ? '[audio]' : plainText(prompt.text),
      ...(outcome === 'finished' ? {} : { playedMs: Math.round(playedMs), interrupted: true }),
    });
  }

  #transcribe(entry: Parameters<ConversationObserver['transcript']>[0]): void {
    if (this.#state.params.storeTranscript) this.#deps.observer.transcript(entry);
  }

  /** Lets go of everything, and waits for what cannot be cut short. */
  async #finish(reason: EndReason): Promise<void> {
    this.#deps.media.off('dtmf', this.#onDtmf);
    this.#deps.signal.removeEventListener('abort', this.endByAbort);
    this.#parts.speaker.close();
    this.#parts.streams.close();
    this.#parts.listener?.close();
    this.#parts.activity.close();
    this.#parts.tap.onAudio(undefined);
    this.#parts.turns.report();
    this.#abort.abort();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#parts.link.closed();
    this.#deps.log.debug({ reason }, 'conversation ended');
    this.#ended.resolve(reason);
  }
}

function internalFailure(error: unknown): EndReason {
  return { category: 'media-failure', by: 'hub', text: `Internal failure: ${messageOf(error)}` };
}
