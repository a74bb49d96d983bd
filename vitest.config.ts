import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Two projects: `unit` runs beside the code in parallel, `e2e` places real calls and runs one file at a time. */
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
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Programs that tests start again and again are compiled once, whatever starts them.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/patchbay/compiled') },
        },
      },
    ],
  },
});
