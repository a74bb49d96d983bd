import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REFERRAL_BEGUN, type ReferralEvent, type ReferralState, reduceReferral } from './referral.ts';

const accepted: ReferralEvent = { type: 'response', status: 202, reason: 'Accepted', silent: false };
const silently: ReferralEvent = { ...accepted, silent: true };
const refusedWith = (status: number): ReferralEvent => ({ type: 'response', status, reason: 'No', silent: false });
const reported = (status: number | undefined, terminated = false): ReferralEvent => ({
  type: 'report',
  report: { status, reason: status === undefined ? '' : 'Words', terminated, id: undefined },
});
const bye: ReferralEvent = { type: 'bye', reason: undefined };
const overdue: ReferralEvent = { type: 'overdue' };
const graceOver: ReferralEvent = { type: 'graceOver' };

function outcomeOf(...events: ReferralEvent[]): ReferralState {
  return events.reduce(reduceReferral, REFERRAL_BEGUN);
}

describe('how a REFER ends', () => {
  test.each<[string, ReferralEvent[], string | undefined]>([
    ['100 then 200', [accepted, reported(100), reported(200, true)], 'answered known 200'],
    ['180 then 200', [accepted, reported(180), reported(200, true)], 'answered known 200'],
    ['200 in an active subscription', [accepted, reported(200)], 'answered known 200'],
    ['200 before the response', [reported(200, true)], 'answered known 200'],
    ['busy', [accepted, reported(100), reported(486, true)], 'failed 486'],
    ['declined', [accepted, reported(603, true)], 'failed 603'],
    ['a failure before the response', [reported(503, true), accepted], 'failed 503'],
    ['refused: 4xx', [refusedWith(403)], 'failed 403'],
    ['refused: not allowed', [refusedWith(405)], 'failed 405'],
    ['refused: not implemented', [refusedWith(501)], 'failed 501'],
    ['refused: 6xx', [refusedWith(603)], 'failed 603'],
    ['redirected', [refusedWith(302)], 'failed 302'],
    ['no response', [overdue], 'failed 408'],
    ['202 then nothing', [accepted, overdue], 'failed 408'],
    ['it rings and rings', [accepted, reported(180), overdue], 'failed 408'],
    ['BYE after 202', [accepted, bye], 'answered assumed 202'],
    ['BYE after 180', [accepted, reported(180), bye], 'answered assumed 180'],
    ['BYE after a report, before the response', [reported(100), bye], 'answered assumed 100'],
    ['BYE before the response', [bye], undefined],
    ['and none comes', [bye, graceOver], 'abandoned'],
    ['and it was on its way', [bye, accepted], 'answered assumed 202'],
    ['and it is a refusal', [bye, refusedWith(481)], 'abandoned'],
    ['and a report was on its way', [bye, reported(200, true)], 'answered known 200'],
    ['no reports, BYE', [silently, bye], 'answered assumed 202'],
    ['no reports, no BYE', [silently, graceOver], 'answered assumed 202'],
    ['reports end without a final status', [accepted, reported(100, true)], undefined],
    ['and BYE follows', [accepted, reported(100, true), bye], 'answered assumed 100'],
    ['and nothing follows', [accepted, reported(100, true), graceOver], 'failed 408'],
    ['a report without a status line', [accepted, reported(undefined, true), graceOver], 'failed 408'],
    ['not sent', [{ type: 'unsent', message: 'x' }], 'failed 503'],
    ['under way', [accepted, reported(180)], undefined],
    ['a grace that nobody waits for', [accepted, graceOver], undefined],
  ])('%s', (_, events, expected) => {
    const { end } = outcomeOf(...events);
    const words = end && [
      end.type,
      ...(end.type === 'answered' ? [end.known ? 'known' : 'assumed'] : []),
      ...(end.type === 'abandoned' ? [] : [end.status]),
    ];
    expect(words?.join(' ')).toBe(expected);
  });

  test('in words of the far side', () => {
    expect(outcomeOf(accepted, reported(486, true)).end).toMatchObject({ reason: 'SIP ;cause=486 ;text="Words"' });
  });

  const event: fc.Arbitrary<ReferralEvent> = fc.oneof(
    fc.integer({ min: 200, max: 699 }).map(refusedWith),
    fc
      .tuple(fc.option(fc.integer({ min: 100, max: 699 }), { nil: undefined }), fc.boolean())
      .map(([status, over]) => reported(status, over)),
    fc.constantFrom(accepted, silently, bye, graceOver, { type: 'unsent', message: 'x' } as const),
  );

  test('it always ends once the time is up, and then stays as it is', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, late) => {
        const state = outcomeOf(...before, overdue);
        expect(state.end).toBeDefined();
        expect(late.reduce(reduceReferral, state)).toBe(state);
      }),
    );
  });
});
