import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

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

/**
 * Three projects: `unit` runs beside the code in parallel; `e2e` places real calls, two files at a time, and `e2e-alone` one
 * file at a time with nothing beside it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'connectors/**/*.test.ts',
            'examples/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/*.test.ts',
          ],
          pool: 'forks',
          // By default one core is left idle.
          maxWorkers: availableParallelism(),
          testTimeout: 20_000,
          retry: RETRIES,
        },
      },
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
