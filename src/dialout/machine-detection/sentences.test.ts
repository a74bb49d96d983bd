import { describe, expect, test } from 'vitest';
import { Activity } from './activity.ts';
import { Sentences } from './sentences.ts';

/** Speech whose pitch goes from one height to another, or a pause. */
type Piece = { ms: number; from: number; to: number } | { pauseMs: number };

const speech = (ms: number, from: number, to: number): Piece => ({ ms, from, to });
const pause = (pauseMs: number): Piece => ({ pauseMs });

function ended(...pieces: readonly Piece[]): number {
  const activity = new Activity();
  const sentences = new Sentences(activity);
  const frame = (levelDb: number, pitch: number) => {
    activity.push(levelDb, false);
    sentences.push(pitch);
  };
  for (let i = 0; i < 20; i++) frame(-70, -1);
  for (const piece of pieces) {
    if ('pauseMs' in piece) for (let at = 0; at < piece.pauseMs; at += 20) frame(-70, -1);
    else for (let at = 0; at < piece.ms; at += 20) frame(-20, piece.from + ((piece.to - piece.from) * at) / piece.ms);
  }
  return sentences.ended;
}

describe('sentences that are over', () => {
  test('the voice sinks, pauses, and begins higher', () => {
    expect(ended(speech(1400, 13, 8), pause(300), speech(1200, 13, 10))).toBe(1);
    expect(ended(speech(1500, 13, 8), pause(300), speech(1400, 13, 8), pause(400), speech(800, 13, 9))).toBe(2);
  });

  test('a list keeps the pitch up, a question raises it', () => {
    expect(ended(speech(1400, 11, 11), pause(300), speech(1200, 12, 10))).toBe(0);
    expect(ended(speech(1400, 10, 14), pause(300), speech(1200, 12, 10))).toBe(0);
  });

  test('a pitch that does not begin anew goes on with the sentence', () => {
    expect(ended(speech(1400, 13, 8), pause(300), speech(1200, 8, 7))).toBe(0);
  });

  test('short pauses belong to the sentence, long ones are waited in', () => {
    expect(ended(speech(1400, 13, 8), pause(200), speech(1200, 13, 10))).toBe(0);
    expect(ended(speech(1400, 13, 8), pause(900), speech(1200, 13, 10))).toBe(0);
  });

  test('short statements are said by anybody', () => {
    expect(ended(speech(600, 13, 8), pause(300), speech(1600, 13, 10))).toBe(0);
    expect(ended(speech(1100, 13, 8), pause(300), speech(1200, 13, 8), pause(300), speech(900, 13, 14))).toBe(0);
  });

  test('without a pitch nothing is known', () => {
    expect(ended(speech(1400, -1, -1), pause(300), speech(1200, -1, -1))).toBe(0);
  });
});
