import type { Weight } from './weighing.ts';
import { DE } from './weights/de.ts';
import { EN } from './weights/en.ts';
import { ES } from './weights/es.ts';
import { FR } from './weights/fr.ts';
import { IT } from './weights/it.ts';
import { NL } from './weights/nl.ts';
import { PT } from './weights/pt.ts';
import { TIMING } from './weights/timing.ts';

/**
 * Features by what they weigh, parted by commas: what each adds to the logarithm of the odds of a machine, and of screening, against a
 * person. Made by `node test/amd/fit.ts`.
 */
export interface WeightTable {
  machine: Readonly<Record<string, string>>;
  screening: Readonly<Record<string, string>>;
}

const TABLES: readonly (readonly [string, WeightTable])[] = [
  ['', TIMING],
  ['en:', EN],
  ['de:', DE],
  ['fr:', FR],
  ['es:', ES],
  ['it:', IT],
  ['pt:', PT],
  ['nl:', NL],
];

/** By the names that `featuresOf` gives. */
export const WEIGHTS: ReadonlyMap<string, Weight> = weightsOf(TABLES);

export function weightsOf(tables: typeof TABLES): Map<string, Weight> {
  const weights = new Map<string, { machine: number; screening: number }>();
  for (const [prefix, table] of tables) {
    for (const side of ['machine', 'screening'] as const) {
      for (const [weight, features] of Object.entries(table[side])) {
        for (const feature of features.split(',').map((each) => each.trim())) {
          if (feature === '') continue;
          const name = `${prefix}${feature}`;
          const known = weights.get(name) ?? { machine: 0, screening: 0 };
          weights.set(name, { ...known, [side]: Number(weight) });
        }
      }
    }
  }
  return weights;
}
