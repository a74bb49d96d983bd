import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createEndpointerState,
  ENDPOINTER_PROFILES,
  type EndpointerEvent,
  type EndpointerProfile,
  resetEndpointer,
  stepEndpointer,
} from './endpointer.ts';

/** Runs a pattern of voiced ('x') and unvoiced ('.') 20 ms frames; `10x` repeats. */
function run(pattern: string, profile: EndpointerProfile = ENDPOINTER_PROFILES.default) {
  const state = createEndpointerState();
  const events: EndpointerEvent[] = [];
  const frames = pattern.replace(/(\d+)([x.])/g, (_, count: string, frame: string) => frame.repeat(Number(count)));
  [...frames.replaceAll(' ', '')].forEach((frame, i) => {
    events.push(...stepEndpointer(state, profile, frame === 'x' ? 0.9 : 0.1, i * 20));
  });
  return { state, events, types: events.map((event) => event.type) };
}

describe('an utterance', () => {
  test('is suspected at its first voiced frame, started after the minimum, ended by silence', () => {
    const { events } = run('10. 20x 31.');
    expect(events).toEqual([
      { type: 'speechSuspected', atMs: 220, onsetMs: 200 },
      { type: 'speechStarted', atMs: 320, onsetMs: 200, preRollMs: 320, voicedMs: 120 },
      {
        type: 'speechEnded',
        atMs: 1200,
        lastVoicedAtMs: 600,
        trailingSilenceMs: 600,
        voicedMs: 400,
        reason: 'silence',
      },
    ]);
  });

  test('goes on over pauses shorter than the trailing silence', () => {
    expect(run('10x 29. 10x 29. 10x 30.').types).toEqual(['speechSuspected', 'speechStarted', 'speechEnded']);
  });

  test('is ended by a shorter silence when yes or no is expected, by a longer one for digits', () => {
    expect(run('10x 20.', ENDPOINTER_PROFILES.yesNo).types).toContain('speechEnded');
    expect(run('10x 59.', ENDPOINTER_PROFILES.digits).types).not.toContain('speechEnded');
    expect(run('10x 60.', ENDPOINTER_PROFILES.digits).types).toContain('speechEnded');
  });

  test('is not prolonged by clicks in its trailing silence', () => {
    const { events } = run('10x 10. x 10. x 8.');
    expect(events.at(-1)).toMatchObject({
      type: 'speechEnded',
      lastVoicedAtMs: 200,
      trailingSilenceMs: 600,
      voicedMs: 200,
    });
  });

  test('counts every voiced frame of a stretch that is long enough, once', () => {
    expect(run('6x 5. 3x').state.voicedMs).toBe(180);
    expect(run('5x . x x x').state.voicedMs).toBe(160);
  });

  test('that never stops is ended at the longest duration, and the next one begins at once', () => {
    const profile = { ...ENDPOINTER_PROFILES.default, maxSpeechMs: 1000 };
    const { events, types } = run('60x', profile);
    expect(types).toEqual([
      'speechSuspected',
      'speechStarted',
      'maxSpeech',
      'speechEnded',
      'speechSuspected',
      'speechStarted',
    ]);
    expect(events[3]).toMatchObject({ reason: 'maxSpeech', trailingSilenceMs: 0, atMs: 1000 });
  });

  test('ends when frames stop coming and then go on', () => {
    const state = createEndpointerState();
    for (let i = 0; i < 10; i++) stepEndpointer(state, ENDPOINTER_PROFILES.default, 1, i * 20);
    const events = stepEndpointer(state, ENDPOINTER_PROFILES.default, 0, 5000);
    expect(events).toMatchObject([{ type: 'speechEnded', lastVoicedAtMs: 200, trailingSilenceMs: 4820 }]);
  });
});

describe('noise', () => {
  test('of one frame is a false alarm', () => {
    expect(run('5. x 20.').events).toEqual([
      { type: 'speechSuspected', atMs: 120, onsetMs: 100 },
      { type: 'falseAlarm', atMs: 360, voicedMs: 20 },
    ]);
  });

  test('that comes back again and again does not stay suspected for ever', () => {
    const { events } = run('x 11. x 11. x 11. x 11. x 11.');
    expect(events[1]).toMatchObject({ type: 'falseAlarm', atMs: 1000 });
  });

  test('needs more likelihood to begin speech than to sustain it', () => {
    const state = createEndpointerState();
    const profile = ENDPOINTER_PROFILES.default;
    expect(stepEndpointer(state, profile, 0.4, 0)).toEqual([]);
    for (let i = 1; i < 10; i++) stepEndpointer(state, profile, 0.6, i * 20);
    for (let i = 10; i < 60; i++) expect(stepEndpointer(state, profile, 0.4, i * 20)).toEqual([]);
    expect(state.phase).toBe('speaking');
  });
});

test('a reset forgets the utterance without an event', () => {
  const { state } = run('20x');
  resetEndpointer(state);
  expect(state).toEqual(createEndpointerState());
});

const likelihood = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 0.5, 0.35, Number.NaN, Number.POSITIVE_INFINITY),
);
const frames = fc.array(fc.record({ likelihood, gapMs: fc.constantFrom(20, 20, 20, 20, 40, 0, -100, 700) }), {
  maxLength: 400,
});
const profiles = fc.constantFrom<EndpointerProfile>(
  ...Object.values(ENDPOINTER_PROFILES),
  { ...ENDPOINTER_PROFILES.default, minSpeechMs: 0, maxSpeechMs: 300 },
  { ...ENDPOINTER_PROFILES.default, trailingSilenceMs: 0, resumeMs: 0, falseAlarmSilenceMs: 0 },
);

test('any frames: events come in order, every start has one end, times only grow', () => {
  fc.assert(
    fc.property(frames, fc.array(profiles, { minLength: 1, maxLength: 4 }), (input, choice) => {
      const state = createEndpointerState();
      let phase = 'silence';
      let at = 0;
      let lastEvent = Number.NEGATIVE_INFINITY;
      input.forEach((frame, i) => {
        at += frame.gapMs;
        const before = state.voicedMs;
        const profile = choice[i % choice.length] ?? ENDPOINTER_PROFILES.default;
        const events = stepEndpointer(state, profile, frame.likelihood, at);
        for (const event of events) {
          expect(event.atMs).toBeGreaterThanOrEqual(lastEvent);
          lastEvent = event.atMs;
          const allowed: Record<string, readonly string[]> = {
            silence: ['speechSuspected'],
            suspected: ['speechStarted', 'falseAlarm'],
            speaking: ['speechEnded', 'maxSpeech'],
            'at its longest': ['speechEnded'],
          };
          expect(allowed[phase]).toContain(event.type);
          const next = {
            speechSuspected: 'suspected',
            speechStarted: 'speaking',
            falseAlarm: 'silence',
            maxSpeech: 'at its longest',
            speechEnded: 'silence',
          };
          phase = next[event.type];
          if (event.type === 'speechStarted') expect(event.preRollMs).toBeGreaterThan(0);
          if (event.type === 'speechEnded') expect(event.trailingSilenceMs).toBeGreaterThanOrEqual(0);
        }
        expect(phase).toBe(state.phase);
        if (events.length === 0) expect(state.voicedMs).toBeGreaterThanOrEqual(before);
      });
      // Silence always brings it to rest.
      for (let i = 1; i <= 120; i++) stepEndpointer(state, ENDPOINTER_PROFILES.default, 0, at + i * 20);
      expect(state.phase).toBe('silence');
    }),
  );
});

test('any voice: a suspicion is bounded in time, and so is an utterance', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1200, maxLength: 1200 }), (voiced) => {
      const profile = { ...ENDPOINTER_PROFILES.default, maxSpeechMs: 4000 };
      const state = createEndpointerState();
      let suspectedAt = 0;
      let startedAt = 0;
      voiced.forEach((frame, i) => {
        for (const event of stepEndpointer(state, profile, frame ? 1 : 0, i * 20)) {
          if (event.type === 'speechSuspected') suspectedAt = event.onsetMs;
          else if (event.type === 'falseAlarm') expect(event.atMs - suspectedAt).toBeLessThanOrEqual(1000);
          else if (event.type === 'speechStarted') startedAt = event.onsetMs;
          else if (event.type === 'speechEnded') expect(event.atMs - startedAt).toBeLessThanOrEqual(4000);
        }
      });
    }),
    { numRuns: 20 },
  );
});
