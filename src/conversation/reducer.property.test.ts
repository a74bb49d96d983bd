import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { Effect } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { reduce } from './reducer.ts';
import { type Capabilities, type ConversationState, type Current, initialState, phaseOf } from './state.ts';
import { capabilities, failure, type Move, moves, parameters } from './testing-moves.ts';
import { TIMER_IDS, type TimerId } from './timers.ts';

/** Timers that end the conversation. */
const LETHAL = new Set<string>(['openBot', 'answer', 'answerLost', 'hangup', 'userGiveUp', 'botGiveUp']);

/** Keeps the books on what the effects promise. */
class Model {
  state: ConversationState;
  readonly prepared: number[] = [];
  readonly started = new Set<number>();
  readonly outcomes = new Map<number, number>();
  readonly armed = new Map<string, number>();
  requestInFlight: number | undefined;
  hangups = 0;
  ended = 0;
  /** Where it has been: phase, current step, utterance. */
  readonly been = new Set<string>();
  byCaller = false;

  /** Streams of the bot that are neither taken nor refused. */
  readonly streams: number[] = [];
  watching = false;
  /** Transfers under way. */
  readonly transfers: number[] = [];

  /** Names of the events that the bot was sent. */
  readonly events: (string | undefined)[] = [];

  constructor(layer: BotParameterLayer, capabilities: Capabilities, outbound?: { held: boolean }) {
    this.state = initialState({ parameters: layer, capabilities, startParameters: {}, outbound });
    this.dispatch({ type: 'begin' });
  }

  dispatch(event: ConversationEvent): void {
    const before = this.state;
    const frozen = JSON.stringify(before);
    if (event.type === 'callerHungUp' && before.ended === undefined) this.byCaller = true;
    if (event.type === 'promptFinished' || event.type === 'promptFailed') {
      const current = before.current;
      if (before.ended === undefined && current?.type === 'prompt' && current.prompt.id === event.promptId) {
        this.outcome(event.promptId);
      }
    }
    if (event.type === 'botSent' || event.type === 'botSendFailed') {
      if (this.requestInFlight === event.requestId) this.requestInFlight = undefined;
    }
    if (this.transferIsOver(event)) this.transferDone(event.id);
    if (event.type === 'timer' && this.armed.get(event.id) === event.generation) this.armed.delete(event.id);
    if (event.type === 'botPlayed' && before.ended === undefined) this.streams.push(event.stream);
    const result = reduce(before, event);
    expect(JSON.stringify(before)).toBe(frozen);
    if (before.ended !== undefined) expect(result.effects).toEqual([]);
    this.state = result.state;
    for (const effect of result.effects) this.apply(effect);
    expect(this.streams, 'every stream is taken or refused at once').toEqual([]);
    if (result.effects.some((effect) => effect.type === 'playPrompt') && this.state.hangup === undefined) {
      expect(this.state.utterance, 'nobody talks over the caller').toBe('none');
    }
    const { current, utterance } = this.state;
    const step =
      current?.type === 'prompt'
        ? current.state
        : current?.type === 'transfer'
          ? `transfer ${current.state}`
          : current?.type;
    this.been.add(`${phaseOf(this.state)}, ${step ?? 'nothing'}, ${utterance}`);
    this.check();
  }

  transferDone(id: number): void {
    expect(this.transfers).toEqual([id]);
    this.transfers.pop();
  }

  /** The interpreter reports the end of a transfer that is under way; of one that returns, when the caller is back. */
  transferIsOver(event: ConversationEvent): event is ConversationEvent & { id: number } {
    const { current } = this.state;
    if (!('id' in event) || current?.type !== 'transfer' || current.id !== event.id) return false;
    if (event.type === 'transferReturned') return current.state === 'talking';
    if (event.type !== 'transferEnded' || current.state === 'talking') return false;
    return event.outcome.status === 'failed' || !current.returns;
  }

  streamDone(stream: number): void {
    const index = this.streams.indexOf(stream);
    expect(index, 'a stream is done with once').toBeGreaterThanOrEqual(0);
    this.streams.splice(index, 1);
  }

  outcome(promptId: number): void {
    if (!this.started.has(promptId)) return;
    this.outcomes.set(promptId, (this.outcomes.get(promptId) ?? 0) + 1);
  }

  apply(effect: Effect): void {
    expect(this.ended).toBe(0);
    switch (effect.type) {
      case 'preparePrompt':
        this.prepared.push(effect.prompt.id);
        if (effect.prompt.source.type === 'stream') this.streamDone(effect.prompt.source.stream);
        return;
      case 'refuseStream':
        this.streamDone(effect.stream);
        return;
      case 'watchSpeech':
        expect(this.watching).toBe(effect.options === undefined);
        this.watching = effect.options !== undefined;
        return;
      case 'endBot':
        for (const { name } of effect.farewell ?? []) expect(['transferStatus', 'conversationEnd']).toContain(name);
        return;
      case 'transfer':
        expect(this.transfers, 'one transfer at a time').toEqual([]);
        expect(this.state.call).toBe('answered');
        this.transfers.push(effect.id);
        return;
      case 'cancelTransfer':
        this.transferDone(effect.id);
        return;
      case 'playPrompt':
        expect(this.prepared).toContain(effect.promptId);
        expect(this.started.has(effect.promptId)).toBe(false);
        if (this.state.outbound !== undefined) {
          expect([this.state.call, this.state.outbound.held], 'not before the answer').toEqual(['answered', false]);
        }
        // Never two at once.
        for (const id of this.started) expect(this.outcomes.get(id)).toBe(1);
        this.started.add(effect.promptId);
        return;
      case 'stopPrompts':
        for (const id of effect.promptIds) this.outcome(id);
        return;
      case 'sendToBot':
        expect(this.requestInFlight).toBeUndefined();
        expect(effect.activities.length).toBeGreaterThan(0);
        this.requestInFlight = effect.requestId;
        this.events.push(...effect.activities.map(({ name }) => name));
        return;
      case 'startTimer':
        expect(this.armed.has(effect.id)).toBe(false);
        expect(effect.ms).toBeGreaterThanOrEqual(0);
        this.armed.set(effect.id, effect.generation);
        return;
      case 'cancelTimer':
        expect(this.armed.get(effect.id)).toBe(effect.generation);
        this.armed.delete(effect.id);
        return;
      case 'hangup':
        this.hangups += 1;
        return;
      case 'ended':
        this.ended += 1;
        return;
      default:
    }
  }

  check(): void {
    const s = this.state;
    expect(Object.entries(s.timers).sort()).toEqual([...this.armed.entries()].sort());
    for (const count of this.outcomes.values()) expect(count).toBe(1);
    if (s.ended !== undefined) {
      expect(this.ended).toBe(1);
      // Who is transferred keeps the line.
      expect(this.hangups).toBe(this.byCaller || s.ended.category === 'transferred' ? 0 : 1);
      if (s.ended.category !== 'transferred') expect(this.transfers).toEqual([]);
      expect(this.armed.size).toBe(0);
      expect(this.watching).toBe(false);
      for (const id of this.started) expect(this.outcomes.get(id)).toBe(1);
      return;
    }
    expect(this.hangups).toBe(0);
    // Somebody will act: a timer runs, or the interpreter will report the end of a playing step.
    // or whoever dials: he tells of the answer, and when the bot need not wait any more.
    const dialling = s.outbound !== undefined && (s.call !== 'answered' || s.outbound.held);
    // A transfer has its own limit, until the two talk: then either hangs up.
    const reports =
      dialling || (s.current !== undefined && (s.current.type !== 'transfer' || s.current.state === 'talking'));
    if (s.outbound !== undefined) this.checkOutbound(s);
    expect(this.armed.size > 0 || reports, `nobody acts in ${phaseOf(s)}: ${JSON.stringify(s)}`).toBe(true);
    this.checkWaits(s);
    // What the caller says during a prompt does not exist without barge-in.
    const forced = s.forcedRecognition;
    if (phaseOf(s) === 'speaking' && s.current !== undefined && !s.params.bargeIn && forced !== 'on')
      expect(s.recognition).toBeUndefined();
    if (phaseOf(s) === 'ending' || s.current?.type === 'transfer') expect(s.recognition).toBeUndefined();
    if (s.current?.type === 'transfer') {
      expect(this.transfers).toEqual([s.current.id]);
      expect([s.utterance, s.joined, s.digits, this.watching], 'the caller is not heard').toEqual([
        'none',
        [],
        '',
        false,
      ]);
    }
    if (phaseOf(s) === 'listening' && s.capabilities.stt && forced !== 'off') expect(s.recognition).toBeDefined();
    // What the bot has switched off stays off.
    if (forced === 'off') expect(s.recognition).toBeUndefined();
  }

  /** The bot of a call that the hub places is told of the answer once, and of nothing that the callee does before. */
  checkOutbound(s: ConversationState): void {
    const starts = this.events.filter((name) => name === 'start').length;
    expect(starts).toBeLessThanOrEqual(1);
    // What it asked for itself before may be answered.
    const own = new Set<string | undefined>(['dialoutInitiated', 'metaData', 'transferStatus', 'playFinished']);
    // A bot that has failed before it took the start event is only being ended.
    if (starts === 0 && s.hangup === undefined) expect(this.events.filter((name) => !own.has(name))).toEqual([]);
    if (s.call !== 'answered' || s.outbound?.held === true) expect(starts).toBe(0);
  }

  /** Every wait for somebody has a limit, and no timer outlives what it waits for. */
  checkWaits(s: ConversationState): void {
    const phase = phaseOf(s);
    const paused = s.current?.type === 'prompt' && s.current.state === 'paused';
    const waits: Partial<Record<TimerId, boolean>> = {
      openBot: s.bot === 'opening',
      answer: s.call === 'answering' && s.outbound === undefined,
      answerLost: s.call === 'lost',
      bargeIn: paused,
      utterance: s.utterance === 'speaking',
      final: s.utterance === 'recognising',
      joined: s.joined.length > 0 && s.utterance === 'none',
      digits: s.digits !== '',
      sttRetry: s.recognition?.status === 'failed',
      transfer: s.current?.type === 'transfer' && s.current.state !== 'talking',
      resume: phase === 'thinking' && s.params.resumeRecognitionTimeoutMS > 0,
    };
    for (const id of TIMER_IDS) if (id in waits) expect(this.armed.has(id), `${id} in ${phase}`).toBe(waits[id]);
    const only: Partial<Record<TimerId, string[]>> = {
      connect: ['connecting', 'ending'],
      firstPrompt: ['connecting'],
      replay: ['listening'],
      userNoInput: ['listening'],
      userGiveUp: ['listening', 'speaking'],
      botNoInput: ['thinking'],
      botGiveUp: ['thinking', 'speaking'],
      hangup: ['ending'],
    };
    for (const id of this.armed.keys()) expect(only[id as TimerId] ?? [phase], `${id} in ${phase}`).toContain(phase);
    if (paused) expect([s.utterance !== 'none', s.recognition?.status]).toEqual([true, 'on']);
  }

  play(moves: readonly Move[]): void {
    for (const m of moves) this.move(m);
  }

  /** Does the next thing that a well-behaved interpreter would report; false when it owes nothing. */
  cooperate(): boolean {
    const s = this.state;
    if (s.ended !== undefined) return false;
    if (s.call === 'answering') this.dispatch({ type: 'answered' });
    else if (s.outbound?.held === true) this.dispatch({ type: 'released' });
    else if (s.bot === 'opening') this.dispatch({ type: 'botOpened' });
    else if (this.requestInFlight !== undefined) this.dispatch({ type: 'botSent', requestId: this.requestInFlight });
    else if (s.current?.type === 'prompt' && s.current.state === 'starting') {
      this.dispatch({ type: 'promptStarted', promptId: s.current.prompt.id });
    } else if (s.current?.type === 'prompt' && s.current.state === 'playing') {
      this.dispatch({ type: 'promptFinished', promptId: s.current.prompt.id });
    } else if (s.current?.type === 'sendDtmf') this.dispatch({ type: 'dtmfSent', id: s.current.id });
    else if (s.current?.type === 'transfer') this.dispatch(nextOfTransfer(s.current));
    else return false;
    return true;
  }

  move(m: Move): void {
    switch (m.kind) {
      case 'event':
        this.dispatch(m.event);
        return;
      case 'prompt': {
        const current = this.state.current;
        const candidates = [
          ...(current?.type === 'prompt' ? [current.prompt.id, current.prompt.id] : []),
          ...this.prepared,
        ];
        const promptId = candidates[m.pick % Math.max(1, candidates.length)] ?? 0;
        if (m.what === 'promptFailed') this.dispatch({ type: m.what, promptId, ...failure });
        else this.dispatch({ type: m.what, promptId });
        return;
      }
      case 'request': {
        const requestId = m.stale ? 0 : (this.requestInFlight ?? 0);
        if (m.ok) this.dispatch({ type: 'botSent', requestId });
        else this.dispatch({ type: 'botSendFailed', requestId, ...failure });
        return;
      }
      case 'dtmfSent': {
        const current = this.state.current;
        this.dispatch({ type: 'dtmfSent', id: current?.type === 'sendDtmf' ? current.id : 0 });
        return;
      }
      case 'transfer': {
        const current = this.state.current;
        const id = current?.type === 'transfer' && !m.stale ? current.id : 0;
        if (m.what === 'transferEnded') this.dispatch({ type: m.what, id, outcome: m.outcome });
        else if (m.what === 'transferReturned') this.dispatch({ type: m.what, id, reason: 'BYE' });
        else this.dispatch({ type: m.what, id });
        return;
      }
      case 'cooperate':
        this.cooperate();
        return;
      case 'timer': {
        const all = [...this.armed.entries()];
        const mild = all.filter(([id]) => !LETHAL.has(id));
        const entries = m.mild && mild.length > 0 ? mild : all;
        const entry = entries[m.pick % Math.max(1, entries.length)];
        if (entry === undefined) return;
        const id = TIMER_IDS.find((name) => name === entry[0]);
        if (id !== undefined) this.dispatch({ type: 'timer', id, generation: entry[1] });
        return;
      }
      case 'staleTimer': {
        if (this.armed.get(m.id) === m.generation) return;
        const before = this.state;
        this.dispatch({ type: 'timer', id: m.id, generation: m.generation });
        expect(this.state).toEqual(before);
      }
    }
  }
}

/** What a transfer that is answered reports next. */
function nextOfTransfer(current: Extract<Current, { type: 'transfer' }>): ConversationEvent {
  const { id, state } = current;
  if (state === 'asked') return { type: 'transferBegun', id };
  if (state === 'talking') return { type: 'transferReturned', id, reason: 'BYE' };
  return { type: 'transferEnded', id, outcome: { status: 'answered', reason: 'OK', sipStatus: 200 } };
}

const outbound = fc.constantFrom(undefined, undefined, { held: false }, { held: true });

describe('any sequence of events', { timeout: 60_000 }, () => {
  test('leads everywhere: the properties below are not about calls that end at once', () => {
    const runs = new Map<string, number>();
    for (const [layer, sequence] of fc.sample(fc.tuple(parameters, moves), { numRuns: 600, seed: 1 })) {
      const model = new Model(layer, { stt: true, tts: true });
      model.play(sequence);
      for (const place of model.been) runs.set(place, (runs.get(place) ?? 0) + 1);
    }
    const often = [...runs].filter(([, count]) => count >= 20).map(([place]) => place);
    expect(often).toEqual(
      expect.arrayContaining([
        'connecting, nothing, none',
        'speaking, starting, none',
        'speaking, playing, none',
        'speaking, paused, speaking',
        'speaking, paused, recognising',
        'speaking, nothing, speaking',
        'speaking, sendDtmf, none',
        'thinking, nothing, none',
        'thinking, nothing, speaking',
        'listening, nothing, none',
        'listening, nothing, speaking',
        'listening, nothing, recognising',
        'transferring, transfer asked, none',
        'transferring, transfer ringing, none',
        'transferring, transfer talking, none',
        'ending, playing, none',
        'ending, nothing, none',
        'ended, nothing, none',
      ]),
    );
  });

  test('leaves somebody to act, ends every prompt once, hangs up once, and changes nothing after the end', () => {
    fc.assert(
      fc.property(parameters, capabilities, moves, (layer, caps, moves) => {
        new Model(layer, caps).play(moves);
      }),
      { numRuns: 500 },
    );
  });

  test('on a call that the hub places too; the bot says nothing before the answer', () => {
    fc.assert(
      fc.property(parameters, capabilities, fc.boolean(), moves, (layer, caps, held, moves) => {
        new Model(layer, caps, { held }).play(moves);
      }),
      { numRuns: 500 },
    );
  });

  test('comes to rest: when nobody but the interpreter and the clock act, the turn passes and recognition runs', () => {
    fc.assert(
      fc.property(parameters, fc.boolean(), outbound, moves, (layer, botHears, placed, moves) => {
        const model = new Model(layer, { stt: true, tts: true, botHears }, placed);
        model.play(moves);
        // A well-behaved interpreter, a bot that takes everything and says nothing, a silent caller.
        for (let round = 0; round < 200; round += 1) {
          const s = model.state;
          const phase = phaseOf(s);
          const hears = s.recognition?.status === 'on' || s.forcedRecognition === 'off';
          if (phase === 'ended' || (phase === 'listening' && hears)) return;
          if (!model.cooperate()) model.move({ kind: 'timer', pick: round, mild: false });
        }
        expect(phaseOf(model.state)).toBe('listening or ended');
      }),
      { numRuns: 300 },
    );
  });
});
