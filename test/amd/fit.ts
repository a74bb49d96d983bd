import type { Weight } from '../../src/dialout/machine-detection/weighing.ts';
import { WEIGHTS } from '../../src/dialout/machine-detection/weights.ts';
import type { MachineVerdict } from '../../src/dialout/status.ts';
import { type ClipSpec, LANGUAGES } from './clip.ts';
import { corpus, HALVES } from './corpus.ts';
import { Ear } from './ear.ts';
import { momentsOf } from './moments.ts';
import { type Example, type Fitted, regress } from './regression.ts';
import { render } from './render.ts';
import { type Hearing, tryClip } from './trial.ts';
import { Voices } from './voices.ts';
import { rounded, writeWeights } from './weight-files.ts';

/**
 * Fits the weights of src/dialout/machine-detection/weights on all casts that are not held out, and writes them: `node test/amd/fit.ts`.
 * `node test/amd/fit.ts gijk` writes nothing: it fits on all but one of these casts, tries that one, and so each of them.
 */
const HEARINGS: readonly Hearing[] = ['words', 'dictation'];

const voices = new Voices();
const ear = await Ear.load();
const specs = HALVES.filter((half) => half !== 'held-out').flatMap((half) => corpus(half));
const castOf = ({ id }: ClipSpec) => id.charAt(0);

async function gathered(): Promise<Map<string, Example[]>> {
  const examples = new Map<string, Example[]>();
  for (const spec of specs) {
    const clip = await render(spec, voices);
    for (const hearing of HEARINGS) {
      // Dictation understands English only.
      if (hearing === 'dictation' && spec.language !== 'en') continue;
      const own = await momentsOf(clip, hearing, ear);
      examples.set(castOf(spec), [...(examples.get(castOf(spec)) ?? []), ...own]);
    }
  }
  return examples;
}

async function tryCast(cast: string, hearing: Hearing): Promise<string> {
  const tried: { spec: ClipSpec; type: MachineVerdict['type'] | undefined }[] = [];
  for (const spec of specs.filter((each) => castOf(each) === cast)) {
    const { verdict } = await tryClip(await render(spec, voices), hearing, ear);
    tried.push({ spec, type: verdict?.type });
  }
  const people = tried.filter(({ spec }) => spec.expected === 'human' && spec.category !== 'call screening');
  const right = tried.filter(({ spec, type }) => type === spec.expected).length;
  const taken = people.filter(({ type }) => type === 'answering-machine').length;
  return `${cast}, ${hearing}: ${right} of ${tried.length} right, ${taken} of ${people.length} people taken for machines`;
}

function use(fitted: Fitted): void {
  const weights = WEIGHTS as Map<string, Weight>;
  weights.clear();
  for (const [name, weight] of fitted) weights.set(name, weight);
}

try {
  const examples = await gathered();
  const heldOut = process.argv[2];
  for (const cast of heldOut ?? '') {
    use(rounded(regress([...examples].flatMap(([of, own]) => (of === cast ? [] : own)))));
    for (const hearing of HEARINGS) process.stdout.write(`${await tryCast(cast, hearing)}\n`);
  }
  if (heldOut === undefined) writeWeights(rounded(regress([...examples.values()].flat())), LANGUAGES);
} finally {
  ear.close();
  await voices.close();
}
