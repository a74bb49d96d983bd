import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineVerdict } from '../../src/dialout/status.ts';
import { percentile } from '../load/figures.ts';
import { rig } from '../load/report.ts';
import type { Half, Language } from './clip.ts';
import { corpus } from './corpus.ts';
import { Ear } from './ear.ts';
import { render } from './render.ts';
import { SECTIONS } from './report-sections.ts';
import { type Hearing, type Trial, tryClip } from './trial.ts';
import { Voices } from './voices.ts';

/** Runs the whole corpus and writes results/README.md: `node test/amd/report.ts`. */
const HEARINGS: readonly Hearing[] = ['audio', 'guesses', 'dictation', 'words', 'some words'];
const TITLES: Readonly<Record<Hearing, string>> = {
  audio: 'audio only',
  guesses: 'greetings only',
  dictation: 'local dictation',
  words: 'true words',
  'some words': 'every fourth word lost',
};
const TYPES: readonly MachineVerdict['type'][] = ['human', 'answering-machine', 'fax', 'unknown'];
/** A beep's end must be told within this time. */
const BEEP_END_TOLERANCE_MS = 500;

interface Result extends Pick<Trial, 'verdict' | 'greetingEnd' | 'cpuMs'> {
  language: Language;
  half: Half;
  category: string;
  expected: MachineVerdict['type'];
  id: string;
  beepEndMs: number | undefined;
}

async function run(): Promise<Map<Hearing, Result[]>> {
  const voices = new Voices();
  const ear = await Ear.load();
  const results = new Map<Hearing, Result[]>(HEARINGS.map((hearing) => [hearing, []]));
  try {
    for (const spec of corpus()) {
      const clip = await render(spec, voices);
      for (const hearing of HEARINGS) {
        const { verdict, greetingEnd, cpuMs } = await tryClip(clip, hearing, ear);
        const { half, category, expected, id, language } = spec;
        const { beepEndMs } = clip;
        results.get(hearing)?.push({ verdict, greetingEnd, cpuMs, half, category, expected, id, language, beepEndMs });
      }
    }
  } finally {
    ear.close();
    await voices.close();
  }
  return results;
}

const isRight = ({ verdict, expected }: Result) => verdict?.type === expected;
const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const times = (results: readonly Result[]) => results.map(({ verdict }) => verdict?.decidedAfterMs ?? Number.NaN);
const ms = (values: readonly number[], at: number) =>
  values.length === 0 ? '-' : String(Math.round(percentile(values, at)));

/** People, without those whose phone asks for the caller first. */
const isPerson = ({ expected, category }: Result) => expected === 'human' && category !== 'call screening';

const isMachine = ({ verdict }: Result) => verdict?.type === 'answering-machine' || verdict?.type === 'fax';
const isEnglish = ({ language }: Result) => language === 'en';

/** @param half absent: of all clips */
function summary(results: ReadonlyMap<Hearing, readonly Result[]>, half?: Half): string[] {
  const lines = [
    `| | clips | ${HEARINGS.map((hearing) => TITLES[hearing]).join(' | ')} |`,
    `|---|---|${'---|'.repeat(HEARINGS.length)}`,
  ];
  const row = (name: string, filter: (result: Result) => boolean, hit: (result: Result) => boolean) => {
    const cells = HEARINGS.map((hearing) => {
      const all = (results.get(hearing) ?? []).filter(
        (result) => (half === undefined || result.half === half) && filter(result),
      );
      const count = all.filter(hit).length;
      return { count, of: all.length };
    });
    if (cells.every(({ of }) => of === 0)) return;
    lines.push(
      `| ${name} | ${cells[0]?.of ?? 0} | ${cells.map(({ count, of }) => `${count} (${share(count, of)})`).join(' | ')} |`,
    );
  };
  row('right', () => true, isRight);
  row('... in English', isEnglish, isRight);
  row('... in French', ({ language }) => language === 'fr', isRight);
  row('... in other languages', ({ language }) => language !== 'en' && language !== 'fr', isRight);
  row('people taken for a machine', isPerson, isMachine);
  row('... in English', (r) => isPerson(r) && isEnglish(r), isMachine);
  row('... in other languages and French', (r) => isPerson(r) && !isEnglish(r), isMachine);
  row(
    'machines taken for people',
    ({ expected }) => expected === 'answering-machine',
    ({ verdict }) => verdict?.type === 'human',
  );
  row('call screening told from machines', ({ category }) => category === 'call screening', isRight);
  return lines;
}

function byCategory(results: ReadonlyMap<Hearing, readonly Result[]>, half: Half): string[] {
  const ofHalf = (results.get('audio') ?? []).filter((result) => result.half === half);
  const categories = [...new Set(ofHalf.map(({ category }) => category))];
  const lines = [
    '| Clips | expected | of | right: ' +
      HEARINGS.map((hearing) => TITLES[hearing]).join(' | ') +
      ' | decided after ms, p50 / p95 / max: audio only | greetings only | local dictation | true words |',
    `|---|---|---|${'---|'.repeat(HEARINGS.length + 4)}`,
  ];
  for (const category of categories) {
    const of = (hearing: Hearing) =>
      (results.get(hearing) ?? []).filter((result) => result.half === half && result.category === category);
    const first = of('audio');
    const spread = (hearing: Hearing) => [0.5, 0.95, 1].map((at) => ms(times(of(hearing)), at)).join(' / ');
    lines.push(
      `| ${category} | ${first[0]?.expected} | ${first.length} | ${HEARINGS.map((hearing) => of(hearing).filter(isRight).length).join(' | ')} | ${(['audio', 'guesses', 'dictation', 'words'] as const).map(spread).join(' | ')} |`,
    );
  }
  return lines;
}

function confusion(results: readonly Result[]): string[] {
  const lines = [`| is \\ taken for | ${TYPES.join(' | ')} |`, `|---|${TYPES.map(() => '---|').join('')}`];
  for (const expected of TYPES) {
    const row = results.filter((result) => result.expected === expected);
    lines.push(
      `| ${expected} | ${TYPES.map((type) => row.filter(({ verdict }) => verdict?.type === type).length).join(' | ')} |`,
    );
  }
  return lines;
}

function greetingEnds(results: readonly Result[]): string {
  const waited = results.filter(({ greetingEnd }) => greetingEnd !== undefined);
  const withBeep = waited.filter(({ beepEndMs }) => beepEndMs !== undefined);
  const found = withBeep.filter(
    ({ greetingEnd, beepEndMs }) =>
      greetingEnd?.by === 'beep' && Math.abs(greetingEnd.atMs - (beepEndMs ?? 0)) <= BEEP_END_TOLERANCE_MS,
  );
  const early = withBeep.filter(({ greetingEnd, beepEndMs }) => (greetingEnd?.atMs ?? 0) < (beepEndMs ?? 0) - 100);
  const without = waited.filter(({ beepEndMs }) => beepEndMs === undefined);
  const falseBeeps = without.filter(({ greetingEnd }) => greetingEnd?.by === 'beep');
  return `Of ${withBeep.length} greetings that were known for a machine's and end in a beep, ${found.length} were told to end at it (within ${BEEP_END_TOLERANCE_MS} ms), ${early.length} too early. Of ${without.length} without a beep, ${falseBeeps.length} were told to end in one.`;
}

function cost(results: readonly Result[], what: string): string {
  const spent = results.filter(({ cpuMs }) => cpuMs > 0).map(({ cpuMs }) => cpuMs);
  const mean = spent.reduce((sum, each) => sum + each, 0) / Math.max(1, spent.length);
  return `${what} took ${Math.round(mean)} ms of CPU per detection in the mean (p50 ${ms(spent, 0.5)}, p95 ${ms(spent, 0.95)}, max ${ms(spent, 1)}).`;
}

function wrong(results: readonly Result[]): string[] {
  const lines = results
    .filter((result) => !isRight(result))
    .map(
      ({ id, expected, verdict }) =>
        `- ${id}: ${expected}, taken for ${verdict?.type ?? 'nothing'} (${verdict?.evidence.because ?? ''})`,
    );
  return lines.length > 0 ? lines : ['none'];
}

function report(results: ReadonlyMap<Hearing, readonly Result[]>, date: Date): string {
  const machine = rig();
  const half = (which: Half, hearing: Hearing) =>
    (results.get(hearing) ?? []).filter((result) => result.half === which);
  const part = (which: Half) => [
    ...summary(results, which),
    '',
    ...byCategory(results, which),
    '',
    ...HEARINGS.slice(0, 4).flatMap((hearing) => [
      `Confusion, ${TITLES[hearing]}:`,
      '',
      ...confusion(half(which, hearing)),
      '',
    ]),
    greetingEnds(half(which, 'words')),
    '',
    cost(half(which, 'guesses'), 'The recogniser of greetings'),
    '',
    cost(half(which, 'dictation'), 'Dictation'),
    '',
  ];
  const late = HEARINGS.flatMap((hearing) => results.get(hearing) ?? []).filter(
    ({ verdict }) => verdict === undefined || verdict.decidedAfterMs > 5000,
  );
  return [
    `# Machine detection, ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `Made by \`node test/amd/report.ts\` on ${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, Linux ${machine.kernel}.`,
    'The corpus, how it is split and what its figures are worth: [docs/machine-detection.md](../../../docs/machine-detection.md).',
    '',
    '"True words": an ideal recogniser, which tells each word of the script 300 ms after it was spoken (a word\'s place is its',
    'share of the letters). "Every fourth word lost": the same, with every fourth word replaced by one that means nothing.',
    '"Audio only": no words at all. "Greetings only": the guesses of the real recogniser of greetings (speech service `local`,',
    'English and French) on the audio of the clip; what it makes of the first 4.4 s comes after 4.9 s. "Local dictation": in English',
    'what the real recogniser of the service `moonshine` understands of the audio instead, in French the guesses; its last pass, over 4.6 s, comes after',
    '4.94 s. In other languages both are as audio only.',
    '',
    `Decided later than 5 s, or not at all: ${late.length}.`,
    '',
    'All clips:',
    '',
    ...summary(results),
    '',
    ...SECTIONS.flatMap(({ half, title, about }) => [`## ${title}`, '', ...about, '', ...part(half)]),
    '## Held-out clips that were taken for something else, with true words',
    '',
    ...wrong(half('held-out', 'words')),
    '',
    '## The same, with local dictation',
    '',
    ...wrong(half('held-out', 'dictation')),
    '',
    '## People of the held-out part who were taken for a machine',
    '',
    ...HEARINGS.flatMap((hearing) => [
      `${TITLES[hearing]}:`,
      '',
      ...wrong(half('held-out', hearing).filter((result) => isPerson(result) && isMachine(result))),
      '',
    ]),
  ].join('\n');
}

const text = report(await run(), new Date());
const file = join(dirname(fileURLToPath(import.meta.url)), 'results', 'README.md');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, text);
process.stdout.write(text);
