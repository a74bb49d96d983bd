import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createMachineDetector, type MachineDetector } from '../dialout/machine-detection/detector.ts';
import { joined, silence, voice } from '../dialout/machine-detection/test-support.ts';
import type { MachineVerdict } from '../dialout/status.ts';
import { MachineWatch, type OpenEar } from './machine-watch.ts';

/** An ear in the hands of the test. */
class FakeEar {
  opened = 0;
  written = 0;
  closed = 0;
  heard: Parameters<OpenEar>[0] = { guessed: () => {}, understood: () => {} };
  readonly open: OpenEar = (heard) => {
    this.opened += 1;
    this.heard = heard;
    return { write: () => void this.written++, close: () => void this.closed++ };
  };
}

function watching(detector: MachineDetector, ear: FakeEar) {
  const verdicts: MachineVerdict[] = [];
  let over = 0;
  const events = { verdict: (verdict: MachineVerdict) => verdicts.push(verdict), over: () => void over++ };
  const watch = new MachineWatch(detector, events, pino({ level: 'silent' }), ear.open);
  const hear = (samples: Int16Array) => {
    for (let at = 0; at + 160 <= samples.length; at += 160) {
      const frame = samples.subarray(at, at + 160);
      watch.onAudio({ samples: frame, sampleRate: 8000, timestampMs: at / 8, bufferedMs: 0 });
    }
  };
  return { verdicts, hear, over: () => over };
}

const leaveAMessage = ['leave', 'a', 'message'].map((text) => ({ text, durationMs: 300, confidence: 0.9 }));

describe('an ear for greetings', () => {
  it('hears every frame from the first on, and what it guesses decides', () => {
    const ear = new FakeEar();
    const { verdicts, hear, over } = watching(createMachineDetector({ guessesExpected: true }), ear);
    expect(ear.opened).toBe(0);
    hear(joined(silence(300), voice(1500)));
    expect(ear).toMatchObject({ opened: 1, written: 90, closed: 0 });
    ear.heard.guessed(leaveAMessage, 1500);
    expect(verdicts).toMatchObject([{ type: 'answering-machine' }]);
    expect(over()).toBe(1);
    hear(voice(1000));
    ear.heard.guessed(leaveAMessage, 2300);
    expect(ear).toMatchObject({ opened: 1, written: 90, closed: 1 });
    expect(verdicts).toHaveLength(1);
  });

  it('what it understands decides as well', () => {
    const ear = new FakeEar();
    const { verdicts, hear } = watching(createMachineDetector({ guessesExpected: true }), ear);
    hear(joined(silence(300), voice(1500), silence(200)));
    ear.heard.understood([...leaveAMessage, { text: 'now.', confidence: 0.9 }], 2000);
    expect(verdicts).toMatchObject([{ type: 'answering-machine', evidence: { voicemailPhrase: 'leave ... message' } }]);
  });

  it('is closed by the verdict, though the end of the greeting is still awaited', () => {
    const ear = new FakeEar();
    const detector = createMachineDetector({ guessesExpected: true, greetingEndTimeoutMs: 10_000 });
    const { hear, over } = watching(detector, ear);
    hear(joined(silence(300), voice(1500)));
    ear.heard.guessed(leaveAMessage, 1500);
    hear(voice(500));
    expect(ear).toMatchObject({ written: 90, closed: 1 });
    expect(over()).toBe(0);
  });

  it('is closed when the detector fails', () => {
    const ear = new FakeEar();
    const detector = createMachineDetector({ guessesExpected: true });
    const { hear, over } = watching(
      {
        ...{ hypothesis: () => undefined, verdict: undefined, elapsedMs: 0, done: false },
        push: (frame, rate) => detector.push(frame, rate),
        guess: () => {
          throw new Error('out of order');
        },
        dictation: () => undefined,
      },
      ear,
    );
    hear(silence(100));
    ear.heard.guessed(leaveAMessage, 100);
    hear(silence(100));
    expect(ear).toMatchObject({ written: 5, closed: 1 });
    expect(over()).toBe(1);
  });
});
