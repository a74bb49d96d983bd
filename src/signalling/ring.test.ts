import { describe, expect, it } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import { defaultFailOn, type FailOn, type RingPlan } from '../routing/ring-plan.ts';
import type { Leg, LegOutcome } from './leg.ts';
import type { Party } from './party.ts';
import { type RingResult, ring } from './ring.ts';

const GONE: EndReason = { category: 'bridge-ended', by: 'caller', text: 'the caller has gone' };

function to(called: string): RingPlan {
  return { kind: 'call', destination: { sipConnection: 'pbx' }, called, calling: '1', ringTimeoutMs: undefined };
}

function group(stages: readonly (readonly RingPlan[])[], failOn: FailOn = defaultFailOn): RingPlan {
  return { kind: 'group', group: 'g', failOn, stages };
}

const bot: RingPlan = { kind: 'bot', bot: 'night', calling: '1', called: '2' };

/** Phones that do as the test says, by the number that was called. */
class Phones {
  readonly rang: string[] = [];
  readonly ended = new Map<string, string>();
  readonly abort = new AbortController();
  readonly result: { value: RingResult | undefined } = { value: undefined };
  readonly #outcomes = new Map<string, (outcome: LegOutcome) => void>();

  constructor(plan: RingPlan) {
    const place = (call: Extract<RingPlan, { kind: 'call' }>, alone: boolean): Leg => {
      this.rang.push(alone ? call.called : `${call.called} among others`);
      const { promise, resolve } = Promise.withResolvers<LegOutcome>();
      this.#outcomes.set(call.called, resolve);
      return {
        callId: call.called,
        outcome: promise,
        end: (reason) => {
          if (!this.ended.has(call.called)) this.ended.set(call.called, reason.text);
          resolve({ answered: false, end: reason });
        },
      };
    };
    void ring(plan, place, this.abort.signal).then((value) => {
      this.result.value = value;
    });
  }

  async answers(...called: string[]): Promise<void> {
    for (const one of called) this.#outcomes.get(one)?.({ answered: true, party: { callId: one } as Party });
    await settled();
  }

  async fails(called: string, sipStatus: number): Promise<void> {
    const end: EndReason = { category: 'dial-failed', by: 'callee', text: called, sipStatus };
    this.#outcomes.get(called)?.({ answered: false, end });
    await settled();
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const answeredBy = (callId: string) => ({ kind: 'answered', party: { callId } });

describe('one after the other', () => {
  it('until somebody answers', async () => {
    const phones = new Phones(group([[to('a')], [to('b')], [to('c')]]));
    await phones.fails('a', 486);
    await phones.answers('b');
    expect(phones.rang).toEqual(['a', 'b']);
    expect(phones.result.value).toMatchObject(answeredBy('b'));
  });

  it('not after a failure that is not named', async () => {
    const phones = new Phones(group([[to('a')], [to('b')]], ['busy', 404]));
    await phones.fails('a', 404);
    await phones.fails('b', 503);
    expect(phones.result.value).toMatchObject({ kind: 'failed', failures: [{ sipStatus: 404 }, { sipStatus: 503 }] });
    const declined = new Phones(group([[to('a')], [to('b')]]));
    await declined.fails('a', 603);
    expect(declined.rang).toEqual(['a']);
    expect(declined.result.value).toMatchObject({ kind: 'failed', failures: [{ sipStatus: 603 }] });
  });

  it('a bot at the end takes it', async () => {
    const phones = new Phones(group([[to('a')], [bot]]));
    await phones.fails('a', 480);
    expect(phones.result.value).toMatchObject({ kind: 'bot', bot: { bot: 'night' } });
  });

  it('until the caller hangs up', async () => {
    const phones = new Phones(group([[to('a')], [to('b')], [bot]]));
    phones.abort.abort(GONE);
    await settled();
    expect(phones.ended.get('a')).toBe(GONE.text);
    expect(phones.rang).toEqual(['a']);
    expect(phones.result.value).toEqual({ kind: 'failed', failures: [] });
  });

  it('the caller hangs up at the moment of the answer: the callee is hung up, too', async () => {
    const phones = new Phones(to('a'));
    const answered = phones.answers('a');
    phones.abort.abort(GONE);
    await answered;
    expect(phones.ended.get('a')).toBe(GONE.text);
    expect(phones.result.value).toEqual({ kind: 'failed', failures: [] });
  });
});

describe('at once', () => {
  it('the first that answers has the call, the others are cancelled', async () => {
    const phones = new Phones(group([[to('a'), to('b'), to('c')]]));
    expect(phones.rang).toEqual(['a among others', 'b among others', 'c among others']);
    await phones.fails('a', 486);
    await phones.answers('c');
    expect(phones.result.value).toMatchObject(answeredBy('c'));
    expect([...phones.ended]).toEqual([['b', 'another phone has answered']]);
  });

  it('two answer in the same moment: one has the call, the other is hung up', async () => {
    const phones = new Phones(group([[to('a'), to('b')]]));
    await phones.answers('a', 'b');
    expect(phones.result.value).toMatchObject(answeredBy('a'));
    expect([...phones.ended]).toEqual([['b', 'another phone has answered']]);
  });

  it('all have failed: the next stage', async () => {
    const phones = new Phones(group([[to('a'), to('b')], [to('c')]]));
    await phones.fails('b', 486);
    await phones.fails('a', 480);
    expect(phones.rang.at(-1)).toBe('c');
    await phones.fails('c', 404);
    expect(phones.result.value).toMatchObject({ kind: 'failed', failures: [{}, {}, { sipStatus: 404 }] });
  });

  it('a failure that is not named ends them all', async () => {
    const phones = new Phones(group([[to('a'), to('b')], [to('c')]]));
    await phones.fails('b', 603);
    expect([...phones.ended.keys()]).toEqual(['a']);
    expect(phones.rang).toHaveLength(2);
    expect(phones.result.value).toMatchObject({ kind: 'failed', failures: [{ sipStatus: 603 }] });
  });

  it('a group among them goes its own way', async () => {
    const desk = group([[to('a')], [to('b')]]);
    const phones = new Phones(group([[desk, to('mobile')]]));
    await phones.fails('a', 486);
    expect(phones.rang).toEqual(['a among others', 'mobile among others', 'b among others']);
    await phones.answers('mobile');
    expect([...phones.ended.keys()]).toEqual(['b']);
    expect(phones.result.value).toMatchObject(answeredBy('mobile'));
  });

  it('the caller hangs up: all are cancelled', async () => {
    const phones = new Phones(group([[to('a'), to('b')]]));
    phones.abort.abort(GONE);
    await settled();
    expect([...phones.ended.values()]).toEqual([GONE.text, GONE.text]);
    expect(phones.result.value).toMatchObject({ kind: 'failed' });
  });
});
