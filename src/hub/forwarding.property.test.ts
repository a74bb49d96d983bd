import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER, type FakeAttempt } from '../signalling/testing-calls.ts';
import { ENOUGH, expectNothingLeft, ForwardingRig } from './testing-forwarding.ts';

describe('whatever happens, in whatever order', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'ringing',
      'early',
      'answer',
      'busy',
      'decline',
      'gone',
      'cancel',
      'bye',
      'ack',
      'stop',
      'wait',
    ),
    which: fc.nat({ max: 2 }),
    settled: fc.boolean(),
  });

  it('every call ends, everybody who answered is hung up, and the caller is answered once at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('200', 'sales', 'all'), fc.array(step, { maxLength: 10 }), async (to, steps) => {
        const rig = new ForwardingRig();
        const invite = await rig.call({ to });
        const [answered, left] = [new Set<FakeAttempt>(), new Set<FakeAttempt>()];
        for (const { what, which, settled } of steps) {
          const attempt = rig.sip.attempts[which];
          if (what === 'cancel' && !invite.responses.includes(200)) invite.cancel();
          if (what === 'bye' && invite.responses.includes(200)) invite.dialog.bye();
          if (what === 'ack' && invite.responses.includes(200)) invite.dialog.ack();
          if (what === 'stop') for (const call of rig.registry.live()) call.terminate(ENOUGH);
          if (what === 'wait') await rig.run(11_000);
          if (attempt !== undefined && !left.has(attempt)) {
            if (what === 'ringing') attempt.provisional(180);
            if (what === 'early') attempt.provisional(183, ANSWER);
            if (what === 'busy') attempt.refuse(486);
            if (what === 'decline') attempt.refuse(603);
            if (what === 'answer') attempt.answer();
            if (what === 'gone' && answered.has(attempt)) attempt.dialog.bye();
            if (what === 'answer') answered.add(attempt);
            if (['busy', 'decline'].includes(what) || (what === 'gone' && answered.has(attempt))) left.add(attempt);
          }
          if (settled) await rig.run();
        }
        await rig.run();
        for (const call of rig.registry.live()) call.terminate(ENOUGH);
        await rig.run();
        for (const attempt of rig.sip.attempts) attempt.refuse(487);
        await expectNothingLeft(rig);
        for (const one of answered) if (!left.has(one)) expect(one.dialog.destroyed).toBeDefined();
        expect(invite.responses.filter((status) => status >= 200).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});
