import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { otherClips, speechClips } from './turns/clips.ts';
import { type SweepTrial, VirtualCall } from './turns/virtual-call.ts';

/**
 * `node test/load/turn-sweep.ts [--positions N] [--only KIND] [--clip PART] [--all] [--save]`
 *
 * The clips of `npm run bench:turn` in N positions each against the frames of 20 ms, without a network and on a clock of its own: what
 * becomes of an interruption must not depend on where its first packet begins. Prints every wrong verdict; `--all`: every verdict.
 * A trial takes half a second of CPU.
 */
const { values } = parseArgs({
  options: {
    positions: { type: 'string', default: '4' },
    only: { type: 'string' },
    clip: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const positions = Number(values.positions);
const FRAME = 160;
const STARTED_AT = new Date();

const clips = [...(await speechClips()), ...(await otherClips())].filter(
  ({ kind, name }) => (values.only ?? kind) === kind && name.includes(values.clip),
);
const isWrong = ({ kind, interrupted }: SweepTrial): boolean => interrupted !== (kind === 'speech');
const trials: SweepTrial[] = [];
const call = new VirtualCall();
for (const clip of clips) {
  for (let i = 0; i < positions; i++) {
    const trial = await call.say(clip, Math.floor((i * FRAME) / positions));
    trials.push(trial);
    if (isWrong(trial) || values.all) console.log(line(trial));
  }
}
await call.close();

function line({ kind, clip, phase, interrupted, heldMs, heard }: SweepTrial): string {
  return `${kind} ${clip} +${phase}: ${interrupted ? 'interrupted' : `held ${heldMs} ms`}: ${heard.join(', ')}`;
}

function row(kind: string): string {
  const ofKind = trials.filter((trial) => trial.kind === kind);
  const wrong = ofKind.filter(isWrong);
  const names = [...new Set(wrong.map(({ clip }) => clip))];
  return `| ${kind} | ${ofKind.length} | ${wrong.length}${names.length === 0 ? '' : `: ${names.join(', ')}`} |`;
}

const report = [
  `# Interruptions in every position, ${STARTED_AT.toISOString().slice(0, 10)}`,
  '',
  `Made by \`node test/load/turn-sweep.ts --positions ${positions} --save\`: the clips of \`npm run bench:turn\`, each in ${positions} positions against the`,
  'frames of 20 ms, said into a prompt. Voice activity detection, the local recogniser and the rules of the conversation are those of the hub;',
  'the clock is virtual. Wrong is speech that does not interrupt, and anything else that does.',
  '',
  '| Sound | trials | wrong |',
  '|---|---|---|',
  ...[...new Set(trials.map(({ kind }) => kind))].map(row),
  '',
].join('\n');
console.log(`\n${report}`);
if (values.save) await writeFile(join(import.meta.dirname, 'results/turn-sweep.md'), report);
process.exitCode = trials.some(isWrong) ? 1 : 0;
