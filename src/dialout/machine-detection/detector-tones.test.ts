import { describe, expect, test } from 'vitest';
import { createMachineDetector } from './detector.ts';
import { chord, feed, joined, silence, verdictOn, voice } from './test-support.ts';

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
