import { expect, test } from 'vitest';
import { turnOfRecord } from './turn-stretches.ts';

test('a turn is kept as stretches from its first mark on', () => {
  const ledger = {
    lastVoicedAt: 1000,
    endOfSpeechAt: 1580,
    finalTextAt: 1601.26,
    botRequestAt: 1602,
    firstRtpAt: 1700,
  };
  expect(turnOfRecord(ledger)).toEqual({
    at: 1000,
    turn: { total: 700, endpointing: 580, recognition: 21.3, toBot: 0.7 },
  });
});

test('a greeting has no caller’s part', () => {
  const greeting = { botRequestAt: 10, botReplyAt: 14, ttsFirstByteAt: 30, firstRtpAt: 40 };
  expect(turnOfRecord(greeting)).toEqual({ at: 10, turn: { bot: 4, synthesis: 16, playout: 10 } });
});
