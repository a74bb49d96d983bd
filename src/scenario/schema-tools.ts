import { z } from 'zod';

/** Pieces that several parts of a scenario's schema are made of. */

const LONGEST_MS = 120_000;
export const ms = (min = 0) => z.int().min(min).max(LONGEST_MS);
export const levelDb = z.number().min(-90).max(0);
export const text = z.string().min(1).max(2000);
export const keys = z
  .union([z.string(), z.int().min(0).transform(String)])
  .pipe(z.string().regex(/^[0-9*#A-D]{1,100}$/i, 'keys: 0-9, *, # and A-D (in quotes)'))
  .transform((digits) => digits.toUpperCase());

export const textMatch = z.union(
  [
    z.string(),
    z.strictObject({ equals: z.string() }),
    z.strictObject({ contains: z.string().min(1) }),
    z.strictObject({ matches: z.string().min(1).refine(isPattern, 'a regular expression') }),
  ],
  { error: 'expected a text, or one of { equals }, { contains }, { matches: a regular expression }' },
);

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'iu') !== undefined;
  } catch {
    return false;
  }
}

export const range = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'min, max or both');

/** Exactly one of `main` is set; the other keys of the object say more about it. */
export function oneOf<Shape extends z.ZodRawShape>(shape: Shape, main: readonly (keyof Shape & string)[]) {
  return z.strictObject(shape).superRefine((value, context) => {
    const set = main.filter((key) => (value as Record<string, unknown>)[key] !== undefined);
    if (set.length === 1) return;
    const found = set.length === 0 ? 'none of them' : set.join(' and ');
    const message = `expected exactly one of ${main.join(', ')}, found ${found}`;
    context.addIssue({ code: 'custom', message, params: { sentence: true }, input: value });
  });
}
