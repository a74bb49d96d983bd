import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMachineDetector, LATEST_DECISION_MS, type MachineEvent } from './detector.ts';
import { MachineDetectionError } from './frame-input.ts';
import { chord, feed, joined, type Rate, sentences, silence, verdictOn, voice } from './test-support.ts';

describe('speech timing', () => {
  test('a short word and silence is a person, a second later', () => {
    const verdict = verdictOn(joined(silence(600), voice(540)));
    expect(verdict?.type).toBe('human');
    expect(verdict?.decidedAfterMs).toBeGreaterThanOrEqual(2000);
    expect(verdict?.decidedAfterMs).toBeLessThanOrEqual(2400);
    expect(verdict?.evidence).toMatchObject({ bursts: 1, because: 'a greeting, then silence' });
  });

  test('sentences that do not end are a machine', () => {
    const verdict = verdictOn(joined(silence(400), voice(1600), silence(450), voice(9000)));
    expect(verdict?.type).toBe('answering-machine');
    expect(verdict?.evidence.because).toBe('a long greeting of several sentences');
  });

  test('speech in one breath is a person, however long: nothing else tells one from the other', () => {
    const verdict = verdictOn(joined(silence(400), voice(9000)));
    expect(verdict).toMatchObject({ type: 'human', decidedAfterMs: LATEST_DECISION_MS });
    expect(verdict?.evidence.because).toBe('a long greeting in one breath, and no sign of a machine');
  });

  test('what is said before is waited for: hello after three seconds of silence', () => {
    expect(verdictOn(joined(silence(3000), voice(500)))?.type).toBe('human');
  });

  test('a click is nobody', () => {
    const click = silence(40).fill(12_000);
    expect(verdictOn(joined(silence(500), click))?.type).toBe('unknown');
  });

  test('the same at 16 kHz, and when the rate changes within the call', () => {
    expect(verdictOn(joined(silence(600), voice(540)))?.type).toBe('human');
    const detector = createMachineDetector();
    feed(detector, joined(silence(600, 16_000), voice(540, { rate: 16_000 })), 16_000);
    feed(detector, silence(2000));
    expect(detector.verdict?.type).toBe('human');
  });

  test('an earlier end of the time is kept', () => {
    const verdict = verdictOn(joined(silence(300), voice(1000), silence(400), voice(5000)), { decideWithinMs: 3000 });
    expect(verdict).toMatchObject({ type: 'answering-machine', decidedAfterMs: 3000 });
  });
});

describe('tones', () => {
  test.each([8000, 16_000] as const)('the answering tone of a fax at %i Hz', (rate) => {
    const detector = createMachineDetector();
    feed(detector, silence(500, rate), rate);
    const [event] = feed(detector, chord([2100], 2600, { rate }), rate);
    expect(event).toMatchObject({ type: 'verdict', verdict: { type: 'fax' } });
    expect(detector.verdict?.decidedAfterMs).toBeLessThan(1500);
    expect(detector.done).toBe(true);
  });

  test('phase reversals of the answering tone do not break it', () => {
    const reversed = chord([2100], 450).map((sample) => -sample);
    const answer = joined(chord([2100], 450), reversed, chord([2100], 450), reversed);
    expect(verdictOn(joined(silence(400), answer))).toMatchObject({ type: 'fax', evidence: { bursts: 0 } });
  });

  test('2100 Hz after speech is a fax when it lasts, and a beep when it does not', () => {
    const spoken = joined(silence(400), voice(1000), silence(300));
    expect(verdictOn(joined(spoken, chord([2100], 2600)))?.type).toBe('fax');
    expect(verdictOn(joined(spoken, chord([2100], 800)))).toMatchObject({
      type: 'answering-machine',
      evidence: { beepHz: 2100 },
    });
  });

  test('the calling tone of a fax, before it comes again', () => {
    const verdict = verdictOn(joined(silence(300), chord([1100], 500)));
    expect(verdict).toMatchObject({ type: 'fax', evidence: { faxCallingTones: 1 } });
    expect(verdict?.decidedAfterMs).toBeLessThan(2800);
  });

  test('special information tones are a machine', () => {
    const tones = joined(chord([950], 330), chord([1400], 330), chord([1800], 330));
    expect(verdictOn(joined(silence(300), tones))).toMatchObject({
      type: 'answering-machine',
      evidence: { specialInformationTones: 2 },
    });
  });

  test.each([
    ['Germany', [425], 1000],
    ['North America', [440, 480], 2000],
    ['France', [440], 1500],
    ['United Kingdom', [400, 450], 400],
  ] as const)('the ringing tone of %s is nobody, and does not hide who answers then', (_, hz, ms) => {
    expect(verdictOn(joined(silence(200), chord(hz, ms), silence(6000)))).toMatchObject({
      type: 'unknown',
      evidence: { ringbackTones: 1, because: 'the line still rings' },
    });
    expect(verdictOn(joined(silence(200), chord(hz, ms), silence(500), voice(500)))?.type).toBe('human');
  });

  test('a beep after a short greeting is a machine; without it a person', () => {
    const greeting = joined(silence(500), voice(1600), silence(500));
    expect(verdictOn(joined(greeting, chord([1000], 300)))).toMatchObject({
      type: 'answering-machine',
      evidence: { because: 'a beep after speech', beepHz: 1000 },
    });
    expect(verdictOn(greeting)?.type).toBe('human');
  });

  test.each([
    ['a high vowel', joined(silence(500), voice(300), chord([430], 120))],
    ['a key pressed', joined(silence(500), voice(400), silence(300), chord([770, 1336], 200))],
    [
      'a weak tone in the background',
      joined(silence(500), voice(400), silence(300), chord([900], 300, { amplitude: 60 })),
    ],
  ])('%s is no beep', (_, samples) => {
    const verdict = verdictOn(samples);
    expect(verdict?.type).toBe('human');
    expect(verdict?.evidence.beepHz).toBeUndefined();
  });

  test('silence is unknown after five seconds', () => {
    const detector = createMachineDetector();
    const events = feed(detector, silence(8000));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'verdict', verdict: { type: 'unknown', decidedAfterMs: 5000 } });
    expect(detector.done).toBe(true);
  });
});

describe('words', () => {
  test('a greeting phrase decides at once, in any language or in that of the call', () => {
    for (const language of [undefined, 'de-DE']) {
      const detector = createMachineDetector(language === undefined ? {} : { language });
      feed(detector, joined(silence(300), voice(1000)));
      expect(detector.hypothesis('guten tag bitte')).toBeUndefined();
      expect(detector.hypothesis('Guten Tag, bitte hinterlassen Sie')).toMatchObject({
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

describe('the end of a greeting', () => {
  const greeting = joined(silence(300), sentences());

  test('is told when its beep is over', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(greeting, voice(3000), silence(400), chord([1000], 500), silence(3000)));
    expect(events.map(({ type }) => type)).toEqual(['verdict', 'greetingEnd']);
    expect(events[1]).toMatchObject({ by: 'beep', beepHz: 1000 });
    const at = (events[1] as Extract<MachineEvent, { type: 'greetingEnd' }>).atMs;
    expect(at).toBeGreaterThanOrEqual(8900);
    expect(at).toBeLessThanOrEqual(9200);
    expect(detector.done).toBe(true);
  });

  test('is told of the beep that was the verdict', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(silence(300), voice(1500), silence(400), chord([850], 300), silence(2000)));
    expect(events.map(({ type }) => type)).toEqual(['verdict', 'greetingEnd']);
    expect(events[1]).toMatchObject({ by: 'beep', beepHz: 850 });
  });

  test('is told after silence, and pauses between sentences do not count', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(greeting, silence(1500), voice(1000), silence(4000)));
    expect(events[1]).toMatchObject({ type: 'greetingEnd', by: 'silence' });
    const at = (events[1] as Extract<MachineEvent, { type: 'greetingEnd' }>).atMs;
    expect(at).toBeGreaterThan(9900);
    expect(at).toBeLessThan(10_200);
  });

  test('is not awaited for longer than was asked for', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 2000 });
    const events = feed(detector, joined(greeting, voice(9000)));
    expect(events[1]).toMatchObject({ type: 'greetingEnd', by: 'timeout', beepHz: undefined });
    const verdictAt = detector.verdict?.decidedAfterMs ?? 0;
    expect(events[1]).toMatchObject({ atMs: verdictAt + 2000 });
  });

  test('is told of machines only, and only who asks', () => {
    const person = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    expect(feed(person, joined(silence(300), voice(500), silence(9000)))).toHaveLength(1);
    const nobodyAsked = createMachineDetector();
    expect(feed(nobodyAsked, joined(greeting, silence(9000)))).toHaveLength(1);
    expect(nobodyAsked.done).toBe(true);
  });
});

describe('what is handed in', () => {
  test.each([
    [159, 8000],
    [161, 8000],
    [160, 16_000],
    [0, 8000],
    [160, 44_100],
  ])('a frame of %i samples at %i Hz is refused and does not count', (length, rate) => {
    const detector = createMachineDetector();
    expect(() => detector.push(new Int16Array(length), rate as Rate)).toThrow(MachineDetectionError);
    expect(detector.elapsedMs).toBe(0);
  });

  test('the frame is named in the error', () => {
    expect(() => createMachineDetector().push(new Int16Array(99), 8000)).toThrow(
      'a frame of 20 ms at 8000 Hz has 160 samples, not 99',
    );
  });

  test.each([
    { decideWithinMs: 5001 },
    { decideWithinMs: 100 },
    { decideWithinMs: Number.NaN },
    { greetingEndTimeoutMs: -1 },
  ])('options %o are refused', (options) => {
    expect(() => createMachineDetector(options)).toThrow(RangeError);
  });
});

/** Frames of many kinds: silence, noise of any level, tones, one value, extremes, speech-like. */
const sound = fc.oneof(
  fc.record({ kind: fc.constant('silence' as const), frames: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    kind: fc.constant('noise' as const),
    frames: fc.integer({ min: 1, max: 100 }),
    peak: fc.integer({ min: 0, max: 32_767 }),
  }),
  fc.record({
    kind: fc.constant('tone' as const),
    frames: fc.integer({ min: 1, max: 120 }),
    hz: fc.array(fc.integer({ min: 1, max: 3999 }), { minLength: 1, maxLength: 3 }),
    peak: fc.integer({ min: 0, max: 10_000 }),
  }),
  fc.record({
    kind: fc.constant('voice' as const),
    frames: fc.integer({ min: 1, max: 150 }),
    pitchHz: fc.integer({ min: 60, max: 700 }),
  }),
  fc.record({
    kind: fc.constant('samples' as const),
    frames: fc.constant(1),
    samples: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 160, maxLength: 160 }),
  }),
);

function audioOf(part: typeof sound extends fc.Arbitrary<infer T> ? T : never): Int16Array {
  const ms = part.frames * 20;
  switch (part.kind) {
    case 'silence':
      return silence(ms);
    case 'noise': {
      let state = part.peak + 1;
      return silence(ms).map(() => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.round((state / 2 ** 31 - 1) * part.peak);
      });
    }
    case 'tone':
      return chord(part.hz, ms, { amplitude: part.peak });
    case 'voice':
      return voice(ms, { pitchHz: part.pitchHz });
    case 'samples':
      return Int16Array.from(part.samples);
  }
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('leave a message', 'press one', 'hello', '', '   ', 'nach dem Signalton', 'state your name'),
);

describe('whatever is heard', () => {
  test('there is one verdict, in time, and at most one end of a greeting after it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sound, fc.option(fc.tuple(text, fc.boolean()))), { maxLength: 12 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 8000 }),
        (parts, wordsExpected, greetingEndTimeoutMs) => {
          const detector = createMachineDetector({ wordsExpected, greetingEndTimeoutMs });
          const events: MachineEvent[] = [];
          for (const [part, said] of parts) {
            events.push(...feed(detector, audioOf(part)));
            const event = said === null ? undefined : detector.hypothesis(said[0], said[1]);
            if (event !== undefined) events.push(event);
          }
          events.push(...feed(detector, silence(LATEST_DECISION_MS + greetingEndTimeoutMs + 100)));
          const [first, second, ...more] = events;
          expect(first?.type).toBe('verdict');
          if (first?.type !== 'verdict') return;
          expect(first.verdict.decidedAfterMs).toBeLessThanOrEqual(LATEST_DECISION_MS);
          expect(typeof first.verdict.evidence.because).toBe('string');
          expect(more).toEqual([]);
          const awaited = first.verdict.type === 'answering-machine' && greetingEndTimeoutMs > 0;
          expect(second?.type).toBe(awaited ? 'greetingEnd' : undefined);
          expect(detector.done).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);

  test('an hour of words and tones does not make it larger', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 3_600_000 });
    feed(detector, joined(silence(300), sentences()));
    expect(detector.verdict?.type).toBe('answering-machine');
    const keys = joined(voice(400), chord([697, 1209], 100), voice(400), chord([852, 1477], 100));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) {
      feed(detector, keys);
      detector.hypothesis('word '.repeat(500), true);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    expect(detector.done).toBe(false);
  });
});
