/** What was known at a time, and who it was. */
export interface Example {
  features: ReadonlyMap<string, number>;
  /** 0: a person, 1: a machine, 2: screening. */
  side: 0 | 1 | 2;
  weight: number;
  /** What was said: a feature counts once for each. */
  text: string;
}

/** Per feature, against a person. */
export type Fitted = Map<string, { machine: number; screening: number }>;

export interface Regularisation {
  /** Of features of words, and of the others: the squares of the weights cost so much. */
  words: number;
  others: number;
  /** Features of words that stand in fewer texts are left out. */
  leastTexts: number;
}

export const REGULARISATION: Regularisation = { words: 0.5, others: 1, leastTexts: 2 };
const SIDES = 3;
const STEPS = 250;
const SLOWER_FROM = 150;

export const isOfWords = (feature: string) => feature.includes(':');

/** Multinomial logistic regression with a Gaussian prior, by Adam over all examples at once. The same for the same examples. */
export function regress(examples: readonly Example[], by: Regularisation = REGULARISATION): Fitted {
  const index = indexOf(examples, by.leastTexts);
  const names = [...index.keys()];
  const cost = Float64Array.from(names, (name) => (name === 'bias' ? 0 : isOfWords(name) ? by.words : by.others));
  const rows = examples.map(({ features }) =>
    [...features].flatMap(([name, value]) => {
      const at = index.get(name);
      return at === undefined ? [] : [{ at, value }];
    }),
  );
  const weights = new Float64Array(names.length * SIDES);
  const mean = new Float64Array(weights.length);
  const square = new Float64Array(weights.length);
  const slope = new Float64Array(weights.length);
  for (let step = 1; step <= STEPS; step++) {
    for (let i = 0; i < slope.length; i++) slope[i] = (cost[Math.floor(i / SIDES)] ?? 0) * (weights[i] ?? 0);
    for (const [i, row] of rows.entries()) addSlope(slope, weights, row, examples[i] as Example);
    const rate = step > SLOWER_FROM ? 0.03 : 0.1;
    for (let i = 0; i < weights.length; i++) {
      const g = slope[i] ?? 0;
      mean[i] = 0.9 * (mean[i] ?? 0) + 0.1 * g;
      square[i] = 0.99 * (square[i] ?? 0) + 0.01 * g * g;
      const spread = Math.sqrt((square[i] ?? 0) / (1 - 0.99 ** step)) + 1e-8;
      weights[i] = (weights[i] ?? 0) - (rate * (mean[i] ?? 0)) / (1 - 0.9 ** step) / spread;
    }
  }
  return new Map(
    names.map((name, at) => {
      const [person = 0, machine = 0, screening = 0] = weights.subarray(at * SIDES, at * SIDES + SIDES);
      return [name, { machine: machine - person, screening: screening - person }];
    }),
  );
}

function addSlope(
  slope: Float64Array,
  weights: Float64Array,
  row: readonly { at: number; value: number }[],
  { side, weight }: Example,
): void {
  const sums = [0, 0, 0];
  for (const { at, value } of row) {
    for (let s = 0; s < SIDES; s++) sums[s] = (sums[s] ?? 0) + (weights[at * SIDES + s] ?? 0) * value;
  }
  const highest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - highest));
  const all = powers.reduce((sum, each) => sum + each, 0);
  for (let s = 0; s < SIDES; s++) {
    const excess = weight * ((powers[s] ?? 0) / all - (s === side ? 1 : 0));
    for (const { at, value } of row) slope[at * SIDES + s] = (slope[at * SIDES + s] ?? 0) + excess * value;
  }
}

function indexOf(examples: readonly Example[], leastTexts: number): Map<string, number> {
  const texts = new Map<string, Set<string>>();
  for (const { features, text } of examples) {
    for (const name of features.keys()) texts.set(name, (texts.get(name) ?? new Set()).add(text));
  }
  const names = [...texts].filter(([name, said]) => !isOfWords(name) || said.size >= leastTexts).map(([name]) => name);
  return new Map(names.map((name, at) => [name, at]));
}
