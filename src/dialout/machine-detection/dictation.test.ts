import { describe, expect, test } from 'vitest';
import { createMachineDetector } from './detector.ts';
import { feed, joined, silence, voice } from './test-support.ts';

describe('dictation', () => {
  const said = (text: string, confidence = 0.9) => text.split(' ').map((word) => ({ text: word, confidence }));
  const detectorAfter = (...parts: Int16Array[]) => {
    const detector = createMachineDetector({ language: 'en-US', guessesExpected: true });
    feed(detector, joined(...parts));
    return detector;
  };

  test('a phrase decides at once', () => {
    const detector = detectorAfter(silence(300), voice(2500), silence(200));
    expect(detector.dictation(said('Hi, Tom here. Please leave a message.'), 3000)).toMatchObject({
      verdict: { type: 'answering-machine', evidence: { voicemailPhrase: 'leave ... message', words: 7 } },
    });
  });

  test('the last word counts for nothing while somebody speaks: it may be the beginning of another', () => {
    const words = said('Hi. If you');
    expect(
      detectorAfter(silence(300), voice(1500)).dictation(said('You have reached my voicemail'), 1800),
    ).toBeUndefined();
    expect(
      detectorAfter(silence(300), voice(1500), silence(200)).dictation(said('You have reached my voicemail'), 2000),
    ).toMatchObject({
      verdict: { type: 'answering-machine' },
    });
    expect(detectorAfter(silence(300), voice(1500)).dictation(words, 1800)).toBeUndefined();
  });

  test('each text replaces the one before', () => {
    const detector = detectorAfter(silence(300), voice(1500));
    detector.dictation(said("You've reached the"), 1800);
    feed(detector, joined(voice(600), silence(1000)));
    detector.dictation(said('Hello, this is Richard.'), 3200);
    feed(detector, silence(500));
    expect(detector.verdict).toMatchObject({ type: 'human', evidence: { words: 4 } });
  });

  test('words that are not sure make no phrase', () => {
    const detector = detectorAfter(silence(300), voice(4000));
    expect(detector.dictation(said("You've reached the old town and the garden of us", 0.2), 4200)).toBeUndefined();
    feed(detector, voice(700));
    expect(detector.verdict?.type).toBe('human');
    for (const confidence of [0.2, Number.NaN]) {
      const unsure = detectorAfter(silence(300), voice(1500));
      unsure.dictation(said('Please leave a message after the tone now', confidence), 2000);
      feed(unsure, silence(1500));
      expect(unsure.verdict?.type).toBe('human');
    }
    const sure = detectorAfter(silence(300), voice(1500));
    expect(sure.dictation(said('Please leave a message after the tone now'), 2000)).toMatchObject({
      verdict: { type: 'answering-machine' },
    });
  });

  test('words without a phrase decide when the time is over, together', () => {
    const said = (text: string) => text.split(' ').map((word) => ({ text: word, confidence: 0.8 }));
    const verdictOn = (text: string) => {
      const detector = detectorAfter(silence(300), voice(4000));
      detector.dictation(said(text), 4200);
      expect(detector.verdict).toBeUndefined();
      feed(detector, voice(700));
      return detector.verdict;
    };
    expect(verdictOn('our shop opens again on Tuesday so come back')).toMatchObject({
      type: 'answering-machine',
      evidence: { because: 'words as of machines' },
    });
    expect(verdictOn('tell us the purpose and the reason of it')).toMatchObject({
      type: 'human',
      evidence: { because: 'a screening service asks for the caller: the callee may take the call' },
    });
    expect(verdictOn('hello there this is Mary in the kitchen of the good')).toMatchObject({ type: 'human' });
  });

  test('before anything was said, words count for nothing', () => {
    expect(detectorAfter(silence(1500)).dictation(said('Please leave a message.'), 1500)).toBeUndefined();
  });
});
