import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/** What installs packages takes as long as a third of the rest: it runs where CI=true, and when it is named. */
const forContinuousIntegration = ['test/package.test.ts']

const isNamed = process.argv.some(word => word.includes('package'))

export default defineConfig({
  // As a plugin from outside names them.
  resolve: {
    alias: {
      'inlet/client': fileURLToPath(new URL('../daemon/client/index.ts', import.meta.url)),
      'inlet/plugin': fileURLToPath(new URL('../core/plugin.ts', import.meta.url)),
      'inlet/testing': fileURLToPath(new URL('support/source-suite/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.CI || isNamed ? [] : forContinuousIntegration)],
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
