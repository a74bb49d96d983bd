import { expect, test } from 'vitest';
import { type Dialled, DialRig } from './support/dial-rig.ts';
import { MoodyCallee } from './support/moody-callee.ts';
import { sleep } from './support/wait-for.ts';

const CALLS = 200;

/** The same moods in every run: a linear congruential generator (Numerical Recipes). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test(`${CALLS} calls cancelled at random moments: each ends once, and nothing of them is left`, async () => {
  const random = seeded(20_261_121);
  const callee = await MoodyCallee.start(random);
  const hub = await DialRig.start({
    gateways: [`sip:127.0.0.1:${callee.port};transport=udp`],
    connection: { failoverTimeoutMs: 500 },
    rtpPorts: 2 * CALLS + 40,
    timing: { t1Ms: 50, t2Ms: 400, t4Ms: 500 },
  });
  try {
    const calls: Dialled[] = [];
    for (let count = 0; count < CALLS; count++) {
      const call = hub.dial({ answerTimeoutSec: 1 });
      calls.push(call);
      setTimeout(() => call.cancel(), random() < 0.5 ? random() * 300 : 600 + random() * 600);
      await sleep(8);
    }
    const outcomes = await Promise.all(calls.map((call) => call.outcome));
    for (const { events } of calls) {
      const finals = events.filter((event) => /^(?:failed|completed)/.test(event));
      expect(finals, events.join()).toEqual([events.at(-1)]);
      expect(events.includes('answered')).toBe(events.at(-1)?.startsWith('completed'));
    }
    const completed = outcomes.filter(({ status }) => status === 'completed').length;
    expect(completed).toBeGreaterThan(10);
    // answers that crossed our CANCEL are hung up too, and count as failed
    await expect.poll(() => callee.byes, { timeout: 8_000 }).toBe(callee.answered);
    expect(callee.answered).toBeGreaterThan(completed);
    await expect.poll(() => hub.registry.size, { timeout: 8_000 }).toBe(0);
    await expect
      .poll(() => hub.stats(), { timeout: 15_000 })
      .toMatchObject({ dialogs: 0, clientTransactions: 0, serverTransactions: 0, timers: 0 });
  } finally {
    await hub.close();
    callee.close();
  }
});
