import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Three files at a time on two cores: those on real processes, which start first, wait for other processes much of their time. */
const REAL = ['test/**/*.real.test.ts'];
const never = ['node_modules/**', '.whetstone/**'];

export default defineConfig({
  test: {
    globalSetup: './test/support/setup.ts',
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...never, ...REAL],
          // A machine with many other things to do is no failure.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: REAL,
          exclude: never,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
