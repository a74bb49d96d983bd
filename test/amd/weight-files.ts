import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fitted, isOfWords } from './regression.ts';

const FOLDER = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  '..',
  'src',
  'dialout',
  'machine-detection',
  'weights',
);
/** Weights are rounded to multiples of it; those that round to 0 are left out. */
const STEP = 0.1;
const LINE = 118;

export function rounded(fitted: Fitted): Fitted {
  const round = (weight: number) => Math.round(weight / STEP) * STEP;
  return new Map(
    [...fitted].map(([name, { machine, screening }]) => [
      name,
      { machine: round(machine), screening: round(screening) },
    ]),
  );
}

/** Writes the tables of src/dialout/machine-detection/weights. */
export function writeWeights(fitted: Fitted, languages: readonly string[], folder = FOLDER): void {
  const write = (name: string, table: Fitted) => writeFileSync(join(folder, `${name}.ts`), module(name, table));
  write('timing', new Map([...fitted].filter(([name]) => !isOfWords(name))));
  for (const language of languages) {
    const own = [...fitted].filter(([name]) => name.startsWith(`${language}:`));
    write(language, new Map(own.map(([name, weight]) => [name.slice(language.length + 1), weight])));
  }
}

function module(name: string, table: Fitted): string {
  const side = (of: 'machine' | 'screening') => {
    const byWeight = new Map<string, string[]>();
    for (const [feature, weight] of table) {
      const key = weight[of].toFixed(1);
      if (Math.abs(weight[of]) < STEP / 2) continue;
      byWeight.set(key, [...(byWeight.get(key) ?? []), feature]);
    }
    const sorted = [...byWeight].sort(([a], [b]) => Number(b) - Number(a));
    return sorted.map(([weight, features]) => `    '${weight}': \`\n${wrapped(features.sort())}\n    \`,`).join('\n');
  };
  return [
    "import type { WeightTable } from '../weights.ts';",
    '',
    '/** Made by `node test/amd/fit.ts`. */',
    `export const ${name.toUpperCase()}: WeightTable = {`,
    ...(['machine', 'screening'] as const).flatMap((of) => [`  ${of}: {`, side(of), '  },']),
    '};',
    '',
  ].join('\n');
}

function wrapped(features: readonly string[]): string {
  const lines: string[] = [];
  let line = '';
  for (const feature of features) {
    const longer = line === '' ? `      ${feature}` : `${line}, ${feature}`;
    if (longer.length < LINE) {
      line = longer;
      continue;
    }
    lines.push(`${line},`);
    line = `      ${feature}`;
  }
  return [...lines, line].join('\n');
}
