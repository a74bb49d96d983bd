import {
  createMachineDetector,
  type MachineDetector,
  type MachineDetectorOptions,
  type MachineEvent,
} from './detector.ts';

export type Rate = 8000 | 16000;

export function silence(ms: number, rate: Rate = 8000): Int16Array {
  return new Int16Array((ms * rate) / 1000);
}

export function joined(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Tones at once, each of the amplitude. */
export function chord(hz: readonly number[], ms: number, { amplitude = 5000, rate = 8000 as Rate } = {}): Int16Array {
  return Int16Array.from({ length: (ms * rate) / 1000 }, (_, i) =>
    hz.reduce((sum, each) => sum + amplitude * Math.sin((2 * Math.PI * each * i) / rate), 0),
  );
}

/**
 * Something that is cut like speech: a gliding pitch with its harmonics through two moving resonances, in syllables of
 * 180 ms with short closures between.
 */
export function voice(ms: number, { pitchHz = 130, amplitude = 6000, rate = 8000 as Rate } = {}): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: (ms * rate) / 1000 }, (_, i) => {
    const time = i / rate;
    const syllable = (time % 0.18) / 0.18;
    const envelope = syllable > 0.85 ? 0.02 : Math.sin((Math.PI * syllable) / 0.85) ** 0.5;
    const pitch = pitchHz * (1 + 0.15 * Math.sin(2 * Math.PI * 1.3 * time) - 0.05 * time);
    phase += (2 * Math.PI * pitch) / rate;
    const first = 500 + 200 * Math.sin(2 * Math.PI * 2.7 * time);
    const second = 1500 + 500 * Math.sin(2 * Math.PI * 1.9 * time + 1);
    let value = 0;
    for (let harmonic = 1; harmonic * pitch < 3400; harmonic++) {
      const hz = harmonic * pitch;
      const gain = 1 / (1 + ((hz - first) / 120) ** 2) + 0.4 / (1 + ((hz - second) / 180) ** 2) + 0.01;
      value += gain * Math.sin(harmonic * phase);
    }
    return Math.round(amplitude * envelope * value * 0.4);
  });
}

/** 4.7 s of speech, with a pause as between recorded sentences. */
export function sentences(): Int16Array {
  return joined(voice(1500), silence(450), voice(2750));
}

/** Pushes audio in frames; what is left of a frame is dropped. */
export function feed(detector: MachineDetector, samples: Int16Array, rate: Rate = 8000): MachineEvent[] {
  const length = rate / 50;
  const events: MachineEvent[] = [];
  for (let from = 0; from + length <= samples.length; from += length) {
    const event = detector.push(samples.subarray(from, from + length), rate);
    if (event !== undefined) events.push(event);
  }
  return events;
}

/** A new detector's verdict on audio, followed by silence where it is shorter than five seconds. */
export function verdictOn(samples: Int16Array, options: MachineDetectorOptions = {}) {
  const detector = createMachineDetector(options);
  feed(detector, joined(samples, silence(5000)));
  return detector.verdict;
}
