import { expect, test } from 'vitest';
import { measureTurns, turnTable } from './turns.ts';

test('the reply is the first speech after the caller’s last, before the caller’s next', () => {
  const turns = measureTurns(
    [
      { said: '"hello"', fromMs: 2000, toMs: 2500 },
      { said: '"goodbye"', fromMs: 5000, toMs: 5600 },
    ],
    [
      { fromMs: 200, toMs: 1800 },
      { fromMs: 3300, toMs: 4500 },
    ],
  );
  expect(turns.map((turn) => turn.replyAfterMs)).toEqual([800, undefined]);
  expect(turns.map((turn) => turn.promptStoppedAfterMs)).toEqual([undefined, undefined]);
});

test('speaking over a prompt measures when it stopped', () => {
  const [turn] = measureTurns(
    [{ said: '"stop"', fromMs: 1000, toMs: 1600 }],
    [
      { fromMs: 100, toMs: 1180 },
      { fromMs: 2400, toMs: 3000 },
    ],
  );
  expect(turn).toMatchObject({ promptStoppedAfterMs: 180, replyAfterMs: 800 });
});

test('the table shows one line per turn, and barge-in only where there was one', () => {
  const turn = { said: '"hello"', fromMs: 0, toMs: 1, replyAfterMs: 812.4, promptStoppedAfterMs: undefined };
  expect(turnTable([turn, { ...turn, said: 'presses 12#', replyAfterMs: undefined }])).toBe(
    [
      'turn  caller       hub replied after',
      '   1  "hello"                 812 ms',
      '   2  presses 12#           no reply',
    ].join('\n'),
  );
  expect(turnTable([{ ...turn, promptStoppedAfterMs: 179.6 }])).toContain('180 ms');
  expect(turnTable([])).toBe('');
});

test('the hub’s own ledger stands beside the turn that it belongs to', () => {
  const turn = { said: '"hello"', fromMs: 2000, toMs: 2500, replyAfterMs: 812.4, promptStoppedAfterMs: undefined };
  const greeting = { atMs: 2450, bot: 3 };
  const own = {
    atMs: 2530,
    total: 780,
    endpointing: 600.2,
    recognition: 90,
    toBot: 0.4,
    bot: 12,
    synthesis: 60,
    playout: 18,
  };
  const [head, row] = turnTable([turn], [greeting, { ...own, atMs: 9000, bot: 99 }, own]).split('\n');
  expect(head).toBe('turn  caller   hub replied after  endpointing  recognition  to bot    bot  synthesis  playout');
  expect(row).toBe('   1  "hello"             812 ms       600 ms        90 ms    0 ms  12 ms      60 ms    18 ms');
});
