import { describe, expect, test } from 'vitest';
import { createMachineDetector, LATEST_DECISION_MS } from './detector.ts';
import { chord, feed, joined, sentences, silence, verdictOn, voice } from './test-support.ts';

describe('words', () => {
  test('a greeting phrase decides at once, in any language or in that of the call', () => {
    for (const language of [undefined, 'de-DE']) {
      const detector = createMachineDetector(language === undefined ? {} : { language });
      feed(detector, joined(silence(300), voice(1000)));
      expect(detector.hypothesis('guten tag bitte')).toBeUndefined();
      expect(detector.hypothesis('Guten Tag, bitte hinterlassen Sie eine')).toMatchObject({
        verdict: { type: 'answering-machine', evidence: { voicemailPhrase: 'hinterlass*' } },
      });
      expect(detector.hypothesis('guten tag bitte hinterlassen sie eine nachricht')).toBeUndefined();
    }
  });

  test('a screening service is somebody who may take the call', () => {
    const detector = createMachineDetector({ language: 'en-US' });
    feed(detector, joined(silence(300), voice(2000)));
    expect(detector.hypothesis("hi the person you're calling is using a screening service")).toMatchObject({
      verdict: { type: 'human', evidence: { callScreening: true } },
    });
  });

  test("a machine's phrase does not decide against what a person asks, nor a name to leave make a screening", () => {
    const typeOf = (text: string) => {
      const detector = createMachineDetector({ language: 'en-US', wordsExpected: true });
      feed(detector, joined(silence(300), voice(2500)));
      detector.hypothesis(text);
      return detector.verdict && [detector.verdict.type, detector.verdict.evidence.because];
    };
    expect(typeOf('good evening sunny tours we are on holiday')).toEqual([
      'answering-machine',
      'words of a voicemail greeting',
    ]);
    expect(
      typeOf('good evening sunny tours where are you going on holiday and where would you like to stay'),
    ).toBeUndefined();
    expect(typeOf('sorry we missed your call leave your name and number please')).toEqual([
      'answering-machine',
      'words of a voicemail greeting',
    ]);
  });

  test.each([
    ['en', 'hold the line please'],
    ['de', 'bleiben sie bitte dran'],
    ['fr', 'ne quittez pas'],
    ['es', 'un momento no cuelgue'],
    ['it', 'attenda un attimo'],
    ['pt', 'aguarde um momento'],
    ['nl', 'een ogenblikje blijft u aan de lijn'],
  ])('who asks to hold the line may be a person: %s, "%s"', (language, text) => {
    const detector = createMachineDetector({ language, wordsExpected: true });
    feed(detector, joined(silence(300), voice(1200)));
    detector.hypothesis(text);
    feed(detector, silence(1600));
    expect(detector.verdict?.type).toBe('human');
  });

  test('who expects words gives a long greeting the time for them', () => {
    const detector = createMachineDetector({ wordsExpected: true });
    feed(detector, joined(silence(300), voice(2500)));
    detector.hypothesis('good morning thank you for calling miller and sons my name is jane');
    feed(detector, voice(1800));
    expect(detector.verdict).toBeUndefined();
    feed(detector, voice(600));
    expect(detector.verdict?.type).toBe('human');
  });

  test('words that never come are not waited for', () => {
    const verdict = verdictOn(joined(silence(300), sentences()), { wordsExpected: true });
    expect(verdict).toMatchObject({ type: 'answering-machine' });
    expect(verdict?.decidedAfterMs).toBeLessThan(LATEST_DECISION_MS);
  });
});

describe('guesses', () => {
  const word = (text: string, confidence = 0.9, durationMs = 300) => ({ text, confidence, durationMs });
  const guess = (text: string, confidence?: number) => text.split(' ').map((each) => word(each, confidence));
  const detectorAfter = (...heard: readonly Int16Array[]) => {
    const detector = createMachineDetector({ language: 'en-US', guessesExpected: true });
    feed(detector, joined(...heard));
    return detector;
  };

  test('a phrase that is sure enough decides at once', () => {
    expect(detectorAfter(silence(300), voice(1500)).guess(guess('the please leave a message up'), 3000)).toMatchObject({
      verdict: { type: 'answering-machine', evidence: { voicemailPhrase: 'leave ... message', guessed: true } },
    });
  });

  test('an unsure phrase says nothing, nor does the number of words', () => {
    const detector = detectorAfter(silence(300), voice(1500));
    expect(detector.guess(guess('please leave a message', 0.6), 3000)).toBeUndefined();
    expect(detector.guess(guess('or for the sign of two at in on by to up'), 3000)).toBeUndefined();
    feed(detector, silence(1500));
    expect(detector.verdict).toMatchObject({ type: 'human' });
  });

  test('of a longer greeting all must have been gone through before silence makes a person of it', () => {
    const detector = detectorAfter(silence(300), voice(2000), silence(1600));
    expect(detector.verdict).toBeUndefined();
    expect(detector.guess(guess('hello the'), 1500)).toBeUndefined();
    expect(detector.guess(guess('hello the'), 2400)).toMatchObject({ verdict: { type: 'human' } });
    expect(detectorAfter(silence(300), voice(800), silence(1600)).verdict).toMatchObject({ type: 'human' });
    const never = detectorAfter(silence(300), voice(2000), silence(2700));
    expect(never.verdict).toMatchObject({ type: 'human', decidedAfterMs: LATEST_DECISION_MS });
  });

  test('what sounds like anything must be longer', () => {
    const detector = detectorAfter(silence(300), voice(1500));
    expect(detector.guess([word('beep', 0.95, 200)], 3000)).toBeUndefined();
    expect(detector.guess(guess('a b c if you'), 3000)).toBeUndefined();
    expect(detector.guess([word('voicemail', 0.95, 520)], 3000)).toMatchObject({
      verdict: { type: 'answering-machine' },
    });
  });

  test('where nobody speaks there are no words', () => {
    const detector = detectorAfter(chord([440, 480], 2000), silence(1500));
    expect(detector.guess(guess('please leave a message'), 3000)).toBeUndefined();
  });

  test('the newest guess counts', () => {
    const detector = detectorAfter(silence(300), voice(3500));
    detector.guess(guess("you've reached"), 3000);
    detector.guess(guess('good morning my name is'), 3000);
    feed(detector, voice(1500));
    expect(detector.verdict).toMatchObject({ type: 'human', evidence: { because: 'words of a person' } });
    expect(detector.verdict?.evidence).not.toHaveProperty('reachedPhrase');
  });

  test('a recorded beginning makes a machine of a greeting in one breath', () => {
    const detector = detectorAfter(silence(300), voice(3500));
    detector.guess(guess("hello you've reached the"), 3000);
    feed(detector, voice(1500));
    expect(detector.verdict).toMatchObject({ type: 'answering-machine', decidedAfterMs: LATEST_DECISION_MS });
  });

  test('sentences are given all the time there is for them', () => {
    const detector = detectorAfter(silence(200), sentences());
    expect(detector.verdict).toBeUndefined();
    detector.guess(guess('the person you are calling is using a screening service'), 3000);
    expect(detector.verdict).toMatchObject({ type: 'human', evidence: { callScreening: true } });
  });
});
