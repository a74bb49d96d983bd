import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { endOfFailure } from './dial-end.ts';
import { type DialFailure, type DialResult, dialGateways } from './dial-gateways.ts';
import { FakeSip } from './testing-calls.ts';

let clock: VirtualClock;
let sip: FakeSip;
let unwanted: AbortController;
let failed: { attempt: number; kind: string; next: boolean }[];

beforeEach(() => {
  clock = new VirtualClock();
  sip = new FakeSip();
  unwanted = new AbortController();
  failed = [];
});

afterEach(() => expect(clock.pending).toBe(0));

function dial(gateways = 3): Promise<DialResult> {
  const routes = Array.from({ length: gateways }, (_, index) => ({
    gateway: `sip:g${index}`,
    uri: `sip:a@g${index}`,
    proxy: `sip:g${index}`,
  }));
  return dialGateways(
    sip,
    {
      ...{ routes, headers: {}, localSdp: 'v=0', auth: undefined, clock, signal: unwanted.signal },
      ...{ failoverMs: 4_000, answerMs: 20_000 },
    },
    {
      sent: () => {},
      provisional: () => {},
      failed: (attempt, failure, next) => failed.push({ attempt, kind: failure.kind, next }),
    },
  );
}

const settle = () => clock.run(0);
const kindOf = async (result: Promise<DialResult>) => {
  const done = await result;
  return done.answered ? 'answered' : done.failure.kind;
};

describe('gateways in order', () => {
  it.each([408, 500, 503, 504, 599])('%d leads to the next one', async (status) => {
    const result = dial(2);
    sip.last.refuse(status);
    await settle();
    expect(sip.attempts).toHaveLength(2);
    sip.last.answer();
    expect(await result).toMatchObject({ answered: true, attempt: 1 });
  });

  it.each([300, 302, 400, 401, 403, 404, 407, 480, 484, 486, 487, 488, 600, 603, 604, 607])(
    '%d decides',
    async (status) => {
      const result = dial();
      sip.last.refuse(status);
      expect(await result).toMatchObject({ answered: false, failure: { kind: 'refused', status } });
      expect(sip.attempts).toHaveLength(1);
    },
  );

  it('what cannot be sent leads to the next one', async () => {
    const result = dial(2);
    sip.last.fail('cannot resolve');
    await settle();
    sip.last.refuse(486);
    expect(await kindOf(result)).toBe('refused');
    expect(failed).toEqual([
      { attempt: 0, kind: 'unsent', next: true },
      { attempt: 1, kind: 'refused', next: false },
    ]);
  });

  it('one that says nothing is passed over; its late answer is hung up', async () => {
    const result = dial(2);
    const [silent] = sip.attempts;
    await clock.run(3_999);
    expect(sip.attempts).toHaveLength(1);
    await clock.run(1);
    expect(sip.attempts).toHaveLength(2);
    expect(silent?.cancelled).toBe(true);
    sip.last.answer();
    expect(await result).toMatchObject({ attempt: 1 });
    silent?.answer();
    await settle();
    expect(silent?.dialog.destroyed).toBeDefined();
    expect(sip.last.dialog.destroyed).toBeUndefined();
  });

  it('100 is a sign of life: no other gateway is called while this one works', async () => {
    const result = dial();
    sip.last.provisional(100);
    await clock.run(19_999);
    expect(sip.attempts).toHaveLength(1);
    await clock.run(1);
    expect(await kindOf(result)).toBe('unanswered');
    expect(sip.last.cancelled).toBe(true);
  });

  it('so is a challenge', async () => {
    const result = dial();
    sip.last.options.onCallId?.('again');
    await clock.run(10_000);
    expect(sip.attempts).toHaveLength(1);
    sip.last.answer();
    expect(await result).toMatchObject({ attempt: 0 });
  });

  it('a telephone that rang is not called by another gateway; one that was only in progress is', async () => {
    const first = dial();
    sip.last.provisional(180);
    sip.last.refuse(503);
    expect(await kindOf(first)).toBe('refused');
    expect(sip.attempts).toHaveLength(1);
    const second = dial(2);
    sip.last.provisional(183, 'v=0');
    sip.last.refuse(503);
    await settle();
    expect(sip.attempts).toHaveLength(3);
    sip.last.refuse(404);
    await second;
  });

  it('the time to answer counts from the first INVITE', async () => {
    const result = dial();
    await clock.run(8_000);
    expect(sip.attempts).toHaveLength(3);
    sip.last.provisional(180);
    await clock.run(12_000);
    expect(await kindOf(result)).toBe('unanswered');
  });

  it('all silent', async () => {
    const result = dial();
    await clock.run(12_000);
    expect(await kindOf(result)).toBe('silent');
  });

  it('none at all', async () => {
    expect(await kindOf(dial(0))).toBe('unsent');
  });
});

describe('a call that is not wanted any more', () => {
  it('is cancelled at once, and not tried elsewhere', async () => {
    const result = dial();
    sip.last.provisional(180);
    unwanted.abort();
    const done = await result;
    expect(done).toMatchObject({ answered: false, failure: { kind: 'cancelled' } });
    expect(sip.last.cancelled).toBe(true);
    sip.last.refuse(487);
    if (!done.answered) await done.settled;
    expect(sip.attempts).toHaveLength(1);
  });

  it('is not placed at all when that was decided before', async () => {
    unwanted.abort();
    expect(await kindOf(dial())).toBe('cancelled');
    expect(sip.attempts).toHaveLength(0);
  });

  it('an answer that crosses it is hung up', async () => {
    const result = dial();
    unwanted.abort();
    sip.last.answer();
    const done = await result;
    if (!done.answered) await done.settled;
    expect(done.answered).toBe(false);
    expect(sip.last.dialog.destroyed).toBeDefined();
  });
});

describe('what the dialer is told', () => {
  const refused = (status: number, reasonHeader?: string): DialFailure => ({
    kind: 'refused',
    status,
    reason: 'Some "words"',
    reasonHeader,
  });

  it.each([
    [486, 'busy'],
    [600, 'busy'],
    [408, 'no-answer'],
    [480, 'no-answer'],
    [487, 'no-answer'],
    [403, 'declined'],
    [603, 'declined'],
    [302, 'dial-failed'],
    [404, 'dial-failed'],
    [410, 'dial-failed'],
    [484, 'dial-failed'],
    [503, 'dial-failed'],
  ])('%d is %s', (status, category) => {
    expect(endOfFailure(refused(status))).toEqual({
      category,
      by: 'callee',
      text: `SIP ;cause=${status} ;text="Some \\"words\\""`,
      sipStatus: status,
    });
  });

  it('what the network says besides stands behind it', () => {
    expect(endOfFailure(refused(603, 'Q.850;cause=21')).text).toBe(
      'SIP ;cause=603 ;text="Some \\"words\\"", Q.850;cause=21',
    );
  });

  it('a gateway that is dead is an error, a callee who does not answer is not', () => {
    expect(endOfFailure({ kind: 'silent' }).category).toBe('dial-failed');
    expect(endOfFailure({ kind: 'unanswered' }).category).toBe('no-answer');
  });
});
