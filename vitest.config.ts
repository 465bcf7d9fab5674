import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**'],
    // One core is not left idle for vitest itself, which has little to do.
    maxWorkers: '100%',
    // See experiments/v8-flags.ts.
    execArgv: ['--no-use-osr'],
    globalSetup: ['test/helpers/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
