import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { Effect } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { reduce } from './reducer.ts';
import { type ConversationState, initialState, phaseOf } from './state.ts';
import { botEvent, botMessage } from './testing.ts';
import { TIMER_IDS } from './timers.ts';

/**
 * A step of the model: an event as the interpreter could report it (its numbers are picked from those that the
 * effects have named, or are stale), or the firing of a timer that is armed.
 */
type Move =
  | { kind: 'event'; event: ConversationEvent }
  | { kind: 'prompt'; what: 'promptReady' | 'promptStarted' | 'promptFinished' | 'promptFailed'; pick: number }
  | { kind: 'request'; ok: boolean; stale: boolean }
  | { kind: 'dtmfSent'; pick: number }
  | { kind: 'timer'; pick: number }
  | { kind: 'staleTimer'; id: (typeof TIMER_IDS)[number]; generation: number };

const text = fc.constantFrom('', 'yes', 'I want to go home');
const utterance = fc.constantFrom('none' as const, 'speaking' as const, 'recognising' as const);
const layer: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    bargeIn: fc.boolean(),
    sendDTMF: fc.boolean(),
    dtmfCollect: fc.boolean(),
    continuousASR: fc.boolean(),
    expectAnotherBotMessage: fc.boolean(),
    userNoInputTimeoutMS: fc.constantFrom(0, 5000),
    resumeRecognitionTimeoutMS: fc.constantFrom(0, 10_000),
    language: fc.constantFrom('en-US', 'fr-FR'),
    nonsense: fc.anything(),
  },
  { requiredKeys: [] },
);

const activity = fc.oneof(
  fc
    .record({ text, params: layer, session: layer })
    .map(({ text, params, session }) => botMessage(text, params, session)),
  fc
    .record({
      name: fc.constantFrom(
        'hangup',
        'transfer',
        'config',
        'abortPrompts',
        'expectAnotherBotMessage',
        'sendDtmf',
        'nonsense',
      ),
      params: layer,
    })
    .map(({ name, params }) => botEvent(name, name === 'sendDtmf' ? { dtmfDigits: '12#' } : params)),
);

const failure = { code: 'x', message: 'y' };
const plainEvent: fc.Arbitrary<ConversationEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(activity, { minLength: 1, maxLength: 3 })
      .map((activities) => ({ type: 'botActivities' as const, activities })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<ConversationEvent>(
      { type: 'speechStarted' },
      { type: 'speechEnded' },
      { type: 'speechDiscarded' },
    ),
  },
  { weight: 1, arbitrary: text.map((value) => ({ type: 'interim' as const, text: value })) },
  {
    weight: 3,
    arbitrary: fc.record({ text, rejected: fc.boolean(), utterance }).map((value) => ({
      type: 'final' as const,
      confidence: undefined,
      alternatives: [],
      raw: undefined,
      ...value,
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('1' as const, '#' as const).map((digit) => ({ type: 'dtmf' as const, digit })),
  },
  { weight: 1, arbitrary: fc.boolean().map((retryable) => ({ type: 'sttFailed' as const, retryable, ...failure })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<ConversationEvent>({ type: 'answered' }, { type: 'botOpened' }),
  },
);
const rareEvent: fc.Arbitrary<ConversationEvent> = fc.constantFrom<ConversationEvent>(
  { type: 'answerFailed', message: 'z' },
  { type: 'botOpenFailed', ...failure },
  { type: 'botLost', ...failure },
  { type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } },
  { type: 'end', reason: { category: 'shutdown', by: 'hub', text: 'stop' } },
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: plainEvent.map((event) => ({ kind: 'event' as const, event })) },
  { weight: 1, arbitrary: rareEvent.map((event) => ({ kind: 'event' as const, event })) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('prompt' as const),
      what: fc.constantFrom(
        'promptReady' as const,
        'promptStarted' as const,
        'promptFinished' as const,
        'promptFinished' as const,
      ),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('prompt' as const),
      what: fc.constant('promptFailed' as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('request' as const), ok: fc.constant(true), stale: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('request' as const), ok: fc.constant(false), stale: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dtmfSent' as const), pick: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('timer' as const), pick: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('staleTimer' as const),
      id: fc.constantFrom(...TIMER_IDS),
      generation: fc.nat(5),
    }),
  },
);

const parameters: fc.Arbitrary<BotParameterLayer> = fc.record(
  {
    bargeIn: fc.boolean(),
    bargeInMinWordCount: fc.nat(3),
    bargeInOnDTMF: fc.boolean(),
    sendDTMF: fc.boolean(),
    dtmfCollect: fc.boolean(),
    continuousASR: fc.boolean(),
    connectOnPrompt: fc.boolean(),
    userNoInputTimeoutMS: fc.constantFrom(0, 5000),
    userNoInputRetries: fc.nat(2),
    userNoInputSpeech: fc.constantFrom('', 'Are you there?'),
    userNoInputSendEvent: fc.boolean(),
    userNoInputGiveUpTimeoutMS: fc.constantFrom(0, 20_000),
    botNoInputTimeoutMS: fc.constantFrom(0, 2000),
    botNoInputSpeech: fc.constantFrom('', 'One moment'),
    botNoInputRetries: fc.nat(2),
    botNoInputGiveUpTimeoutMS: fc.constantFrom(0, 20_000),
    resumeRecognitionTimeoutMS: fc.constantFrom(0, 10_000),
    notUnderstoodSendToBot: fc.boolean(),
    sendEventsToBot: fc.subarray(['playFinished', 'speechHypothesis', 'noUserInput'] as const),
  },
  { requiredKeys: [] },
);

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
  byCaller = false;

  constructor(layer: BotParameterLayer, capabilities: { stt: boolean; tts: boolean }) {
    this.state = initialState({ parameters: layer, capabilities, startParameters: {} });
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
    if (event.type === 'timer' && this.armed.get(event.id) === event.generation) this.armed.delete(event.id);
    const result = reduce(before, event);
    expect(JSON.stringify(before)).toBe(frozen);
    if (before.ended !== undefined) expect(result.effects).toEqual([]);
    this.state = result.state;
    for (const effect of result.effects) this.apply(effect);
    this.check();
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
        return;
      case 'playPrompt':
        expect(this.prepared).toContain(effect.promptId);
        expect(this.started.has(effect.promptId)).toBe(false);
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
      expect(this.hangups).toBe(this.byCaller ? 0 : 1);
      expect(this.armed.size).toBe(0);
      for (const id of this.started) expect(this.outcomes.get(id)).toBe(1);
      return;
    }
    expect(this.hangups).toBe(0);
    // Somebody will act: a timer runs, or the interpreter will report the end of a playing step.
    const reports = s.current !== undefined;
    expect(this.armed.size > 0 || reports, `nobody acts in ${phaseOf(s)}: ${JSON.stringify(s)}`).toBe(true);
    // What the caller says during a prompt does not exist without barge-in.
    if (phaseOf(s) === 'speaking' && s.current !== undefined && !s.params.bargeIn)
      expect(s.recognition).toBeUndefined();
    if (phaseOf(s) === 'ending') expect(s.recognition).toBeUndefined();
    if (phaseOf(s) === 'listening' && s.capabilities.stt) expect(s.recognition).toBeDefined();
  }

  play(moves: readonly Move[]): void {
    for (const m of moves) this.move(m);
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
      case 'timer': {
        const entries = [...this.armed.entries()];
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

const capabilities = fc.constantFrom(
  { stt: true, tts: true },
  { stt: true, tts: true },
  { stt: false, tts: true },
  { stt: true, tts: false },
);

describe('any sequence of events', () => {
  test('leaves somebody to act, ends every prompt once, hangs up once, and changes nothing after the end', () => {
    fc.assert(
      fc.property(
        parameters,
        capabilities,
        fc.array(move, { minLength: 1, maxLength: 60, size: 'max' }),
        (layer, caps, moves) => {
          new Model(layer, caps).play(moves);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('comes to rest: when nobody but the interpreter and the clock act, the turn passes and recognition runs', () => {
    fc.assert(
      fc.property(parameters, fc.array(move, { maxLength: 30, size: 'max' }), (layer, moves) => {
        const model = new Model(layer, { stt: true, tts: true });
        model.play(moves);
        // A well-behaved interpreter, a bot that takes everything and says nothing, a silent caller.
        for (let round = 0; round < 200; round += 1) {
          const s = model.state;
          const phase = phaseOf(s);
          if (phase === 'ended' || (phase === 'listening' && s.recognition?.status === 'on')) return;
          if (s.call === 'answering') model.dispatch({ type: 'answered' });
          else if (s.bot === 'opening') model.dispatch({ type: 'botOpened' });
          else if (model.requestInFlight !== undefined) {
            model.dispatch({ type: 'botSent', requestId: model.requestInFlight });
          } else if (s.current?.type === 'prompt' && s.current.state !== 'paused') {
            model.dispatch({ type: 'promptFinished', promptId: s.current.prompt.id });
          } else if (s.current?.type === 'sendDtmf') model.dispatch({ type: 'dtmfSent', id: s.current.id });
          else model.move({ kind: 'timer', pick: round });
        }
        expect(phaseOf(model.state)).toBe('listening or ended');
      }),
      { numRuns: 500 },
    );
  });
});
