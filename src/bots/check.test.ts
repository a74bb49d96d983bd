import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { CHECK_LIMIT_MS, checkBot, checkReportLines } from './check.ts';
import type { BotCheckReport, BotConnection } from './port.ts';

function connectionWith(validate: (signal: AbortSignal) => Promise<BotCheckReport>): BotConnection {
  return { id: 'x', name: 'X', open: () => Promise.reject(new Error('never')), validate, close: async () => {} };
}

const FINE: BotCheckReport = { ok: true, steps: [{ step: 'http-get', ok: true, message: 'fine', ms: 3 }] };

describe('the check of a bot', () => {
  test('is what the connection says', async () => {
    const clock = new VirtualClock();
    expect(
      await checkBot(
        connectionWith(async () => FINE),
        { clock },
      ),
    ).toBe(FINE);
    expect(clock.pending).toBe(0);
  });

  test('of a connection that cannot be asked is a warning', async () => {
    const { validate: _, ...connection } = connectionWith(async () => FINE);
    const report = await checkBot(connection, { clock: new VirtualClock() });
    expect(report).toMatchObject({ ok: true, steps: [{ step: 'check', ok: true, warning: true }] });
  });

  test('that throws is a failure', async () => {
    const report = await checkBot(
      connectionWith(() => Promise.reject(new Error('broken'))),
      { clock: new VirtualClock() },
    );
    expect(report).toMatchObject({ ok: false, steps: [{ message: 'broken' }] });
  });

  test('ends within its limit, and tells the connection', async () => {
    const clock = new VirtualClock();
    let signal: AbortSignal | undefined;
    const connection = connectionWith((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const checked = checkBot(connection, { clock });
    clock.advance(CHECK_LIMIT_MS);
    expect(await checked).toEqual({
      ok: false,
      steps: [
        {
          step: 'check',
          ok: false,
          message: `the check took longer than ${CHECK_LIMIT_MS} ms`,
          ms: CHECK_LIMIT_MS,
        },
      ],
    });
    expect(signal?.aborted).toBe(true);
  });

  test('ends when it is given up', async () => {
    const clock = new VirtualClock();
    const connection = connectionWith(() => new Promise(() => {}));
    expect(await checkBot(connection, { clock, signal: AbortSignal.abort() })).toMatchObject({
      ok: false,
      steps: [{ message: 'the check was given up' }],
    });
    expect(clock.pending).toBe(0);
  });

  test('is shown line by line', () => {
    const report: BotCheckReport = {
      ok: true,
      steps: [
        { step: 'http-get', ok: false, message: 'answered 426', ms: 12 },
        { step: 'ws-handshake', ok: true, message: 'accepted', ms: 3 },
        { step: 'ws-validate', ok: true, warning: true, message: 'handshake only', ms: 3000 },
      ],
    };
    expect(checkReportLines(report)).toEqual([
      'no       http-get           12 ms  answered 426',
      'ok       ws-handshake        3 ms  accepted',
      'warning  ws-validate      3000 ms  handshake only',
      'The bot can be used.',
    ]);
    const failed = { ...report, ok: false };
    expect(checkReportLines(failed)[0]).toMatch(/^FAILED /);
    expect(checkReportLines(failed).at(-1)).toBe('The bot cannot be used as it is configured.');
  });
});
