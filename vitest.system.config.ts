import { defineConfig } from 'vitest/config';

/** Whole guests: minutes, and files that `npm run guests` obtains. */
export default defineConfig({
  test: {
    include: ['test/system/*.test.ts'],
    // See experiments/v8-flags.ts.
    execArgv: ['--no-use-osr'],
    globalSetup: ['test/helpers/global-setup.ts'],
    testTimeout: 900_000,
  },
});
