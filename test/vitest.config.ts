import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/**
 * What takes long for a promise or two: packages that are installed, a browser, processes that are started or killed
 * again and again, the README carried out, files that mean harm, every place where a token could come out, requests
 * counted, hours of quotas and days of deliveries simulated, random histories of what people do to a source, and what
 * is about the tests themselves. It runs where CI=true, and when it is named: `npm test -- test/browser`.
 */
const forContinuousIntegration = [
  'test/package.test.ts',
  'test/demo.test.ts',
  'test/readme-commands.test.ts',
  'test/readme-programs.test.ts',
  'test/browser/**',
  'test/**/{crash,*-crash}.test.ts',
  'test/daemon/faults/**',
  'test/daemon/fuzz.test.ts',
  'test/daemon/mcp/command.test.ts',
  'test/daemon/vault-command.test.ts',
  'test/daemon/main.test.ts',
  'test/daemon/plugin-loader.test.ts',
  'test/daemon/canaries.test.ts',
  'test/core/content/hostile.test.ts',
  'test/core/webhooks/courier-days.test.ts',
  'test/readme-assistants.test.ts',
  'test/core/{time,token-crowd}-faults.test.ts',
  'test/core/vault/rotation.test.ts',
  'test/core/quota.test.ts',
  'test/plugins/requests.test.ts',
  'test/plugins/*/{random,model,*-model}.test.ts',
  'test/source-suite/**',
  'test/sdk/check-answers.test.ts',
]

const isNamed = process.argv.some(word => word.startsWith('test/') && !word.endsWith('.config.ts'))

// Threads and processes that tests start load the same files again and again: Node keeps what it made of them.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/inlet', import.meta.url))

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
    // Test files share the modules they import: what a file opens it closes, and what it changes it puts back.
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
    // What Vite makes of a file is kept beside what Node makes of it, for the next run; CI begins anew.
    experimental: { fsModuleCache: !process.env.CI, fsModuleCachePath: 'node_modules/.cache/vitest' },
    setupFiles: ['test/support/setup.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
