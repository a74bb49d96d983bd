import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import type { FakeBehaviour } from './fake-bot.ts';
import { RETRY_DELAY_MS } from './http-client.ts';
import { makeRig, message } from './test-support.ts';

/** Real time, without the pause before a repetition; knows how many timers are set. */
function hastyClock(): Clock & { pending: () => number } {
  let pending = 0;
  return {
    now: systemClock.now,
    date: systemClock.date,
    after(ms, fn) {
      pending += 1;
      let open = true;
      const close = (): void => {
        if (open) pending -= 1;
        open = false;
      };
      const cancel = systemClock.after(ms <= RETRY_DELAY_MS ? 0 : ms, () => {
        close();
        fn();
      });
      return () => {
        close();
        cancel();
      };
    },
    pending: () => pending,
  };
}

const behaviour: fc.Arbitrary<FakeBehaviour | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(200, 204, 302, 400, 404, 429, 500, 503) }),
  fc.record({
    kind: fc.constant('body' as const),
    body: fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((json) => `{"activities":[${json}]}`),
    ),
  }),
  fc.record({ kind: fc.constant('drop' as const), taken: fc.boolean() }),
  fc.constant({ kind: 'drop-mid-body' } as const),
  fc.record({ kind: fc.constant('bytes' as const), bytes: fc.constantFrom('', 'HTTP/1.1 2', 'GARBAGE\r\n\r\n') }),
);

test('property: whatever a bot does, deliveries settle, a loss is reported once, and nothing is left behind', async () => {
  const property = fc.asyncProperty(fc.array(behaviour, { maxLength: 8 }), fc.boolean(), async (script, abort) => {
    const clock = hastyClock();
    const rig = await makeRig({ clock, bot: { answer: () => [{ type: 'message', text: 'hi' }] } });
    try {
      const { session, id, lost, activities, abort: abortCall } = await rig.open();
      for (const step of script) if (step !== undefined) rig.bot.next('activities', step);
      const outcomes = await Promise.allSettled(script.map((_, n) => session.send([message(`${n}`)])));
      expect(lost.length).toBeLessThanOrEqual(1);
      const fatal = outcomes.filter((outcome) => outcome.status === 'rejected' && !outcome.reason.retryable);
      expect(fatal.length > 0).toBe(lost.length === 1);
      for (const activity of activities) expect(['message', 'event']).toContain(activity.type);
      const texts = (rig.bot.conversations.get(id)?.received ?? []).map((activity) => Number(activity.text));
      expect(texts).toEqual(texts.toSorted((a, b) => a - b));
      if (abort) abortCall();
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      expect(rig.bot.conversations.get(id)?.ends).toHaveLength(1);
      expect(clock.pending()).toBe(0);
    } finally {
      await rig.connection.close();
      await eventually(() => rig.bot.openConnections === 0, 'all connections closed');
      await rig.close();
    }
  });
  await fc.assert(property, { numRuns: 60, seed: 20_240_131 });
});
