import { finishedWords } from '../../src/dialout/machine-detection/detector.ts';
import { FrameInput } from '../../src/dialout/machine-detection/frame-input.ts';
import { Hypotheses } from '../../src/dialout/machine-detection/hypotheses.ts';
import { Listener } from '../../src/dialout/machine-detection/listener.ts';
import { byTones, isOver, type RuleSettings } from '../../src/dialout/machine-detection/rules.ts';
import { featuresOf, type Timing, timingOf } from '../../src/dialout/machine-detection/weighing.ts';
import type { Clip } from './clip.ts';
import type { Ear } from './ear.ts';
import type { Example } from './regression.ts';
import { areWords, earOf, type Hearing, play } from './trial.ts';

/** A moment in the middle counts less than the last; people count more, who must not be taken for machines. */
const WEIGHT = { early: 0.5, last: 1, person: 1.5 } as const;
const DECIDES = ['voicemail', 'unreachable', 'menu', 'screening'] as const;

/** What is known of a clip when its first phrase is found, and when it is over or the time is: as far as there are words. */
export async function momentsOf(clip: Clip, hearing: Hearing, ear?: Ear): Promise<Example[]> {
  const { language, category, expected, parts } = clip.spec;
  if (expected !== 'human' && expected !== 'answering-machine') return [];
  const side = category === 'call screening' ? 2 : expected === 'human' ? 0 : 1;
  const text = parts.map((part) => (part.kind === 'say' ? part.text : '')).join(' ');
  const listening = await earOf(clip, hearing, ear);
  const input = new FrameInput();
  const listener = new Listener();
  const words = new Hypotheses(language);
  const settings: RuleSettings = {
    wordsExpected: areWords(hearing),
    guessesExpected: listening !== undefined,
    decideWithinMs: 5000,
  };
  const examples: Example[] = [];
  const note = (at: Timing['at'], weight: number) => {
    if (!words.haveWeight) return;
    const { heard, scores, kinds } = words;
    const features = featuresOf({ ...timingOf(at, listener), heard, scores, kinds }, language);
    examples.push({ features, side, text, weight: weight * (side === 0 ? WEIGHT.person : 1) });
  };
  let early = false;
  let done = false;
  const decide = () => {
    if (done) return;
    if (byTones(listener, settings) !== undefined) {
      done = true;
      return;
    }
    if (!early && DECIDES.some((kind) => words.has(kind))) {
      early = true;
      note('phrase', WEIGHT.early);
    }
    const over = listener.activity.bursts > 0 && isOver(listener, words, settings);
    if (!over && listener.elapsedMs < settings.decideWithinMs) return;
    done = true;
    note(over ? 'over' : 'late', WEIGHT.last);
  };
  await play(clip, hearing, listening, {
    push: (frame, sampleRate) => {
      listener.push(input.take(frame, sampleRate));
      decide();
    },
    hypothesis: (said, final) => {
      words.take(said, final);
      decide();
    },
    tell: (told) => {
      if (told.kind === 'dictation') words.dictate(finishedWords(told.words, told.passMs, listener), told.passMs);
      else words.guess(told.words, told.passMs);
      decide();
    },
    get elapsedMs() {
      return listener.elapsedMs;
    },
    get decided() {
      return done;
    },
    get done() {
      return done;
    },
  });
  return examples;
}
