import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They measure what the machine does meanwhile: memory, or milliseconds. */
const ALONE = ['scenarios', 'soak', 'first-run'].map((name) => `test/e2e/${name}.test.ts`);

/**
 * On a shared machine now and then a thread is not served for a second, which some test of real time takes for a fault. Where
 * nobody is there to look, what failed is run again; what fails three times is broken. The report names what was repeated.
 */
const RETRIES = process.env.CI ? 2 : 0;

const calls = {
  pool: 'forks',
  retry: RETRIES,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxConcurrency: 5,
  // Programs that tests start again and again are compiled once, whatever starts them.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/patchbay/compiled') },
} as const;

const unit = {
  pool: 'forks',
  // By default one core is left idle.
  maxWorkers: availableParallelism(),
  testTimeout: 20_000,
  retry: RETRIES,
} as const;

const UNIT_FILES = [
  'src/**/*.test.ts',
  'connectors/**/*.test.ts',
  'examples/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/*.test.ts',
];

/** Rooms whose tests leave nothing behind in their process: no global is changed. Two look at the memory, or load engines. */
const SHARING =
  'src/{access,api,bots,calls,caller,config,conversation,dialout,doctor,media,net,recording,routing,scenario,signalling,speech,telemetry}/**/!(detector.property|vad).test.ts';

/** They begin first, in this order, so that none is left to itself at the end; of the others the larger file does. */
const LONG = [
  ...[
    'src/hub/notifications',
    'src/store/store',
    'src/store/dialouts',
    'src/store/dialouts-hubs',
    'src/store/recordings',
  ],
  ...['connectors/speech/local/stt/stt', 'test/lazy-loading', 'connectors/bots/dialogflow/audio'],
  ...['test/contract/media/embedded-engine', 'src/conversation/reducer.property'],
  ...['test/contract/faults/bots', 'test/contract/faults/google'],
  ...[
    'test/e2e/campaign',
    'test/e2e/sip-agent',
    'test/e2e/dialout-crash',
    'test/e2e/lifecycle',
    'test/e2e/machine-detection',
  ],
  ...['test/e2e/notifications-crash', 'test/e2e/scripted-caller', 'test/e2e/forwarding', 'test/e2e/recordings'],
].map((name) => `/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      (LONG.findIndex((end) => moduleId.endsWith(end)) + 1 || Infinity) - 1;
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
    return (await super.sort(files)).sort((a, b) => compare(group(a), group(b)) || compare(rank(a), rank(b)));
  }
}

/**
 * `unit` runs beside the code in parallel, each file in a process of its own, and `unit-sharing` those that can share one: starting processes
 * takes longer than most of the files. `e2e` places real calls, two files at a time, and `e2e-alone` one file at a time
 * with nothing beside it.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...unit, name: 'unit', include: UNIT_FILES, exclude: [SHARING] } },
      { test: { ...unit, name: 'unit-sharing', include: [SHARING], isolate: false } },
      {
        test: {
          ...calls,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...calls,
          name: 'e2e-alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
