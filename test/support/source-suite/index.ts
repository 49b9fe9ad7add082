/**
 * The promises that every source keeps, as tests: run against a fake of the provider, with the real HTTP client,
 * tokens, engine and store. For vitest:
 *
 * ```ts
 * import { afterAll, test } from 'vitest'
 * testSource({ plugin, shortName: 'notebook', start: startNotebook, test, after: afterAll })
 * ```
 */
import type { Case } from './cases/case.ts'
import { filterCases } from './cases/filters.ts'
import { followingCases } from './cases/following.ts'
import { interruptionCases } from './cases/interruptions.ts'
import { listingCases } from './cases/listing.ts'
import { pagingCases } from './cases/paging.ts'
import { waitingCases } from './cases/waiting.ts'
import type { SuiteOptions } from './fixture.ts'
import { openWorkbench, type Parts, realParts, type Workbench } from './workbench.ts'

export { type FakeRequest, type FakeResponse, startFakeServer } from '../fake-server.ts'
export type { Fixture, FixtureClock, Paging, ProviderAnswers, SuiteOptions, Truth } from './fixture.ts'
export type { Answer } from './wire.ts'

export const sourceCases: readonly Case[] = [
  ...listingCases,
  ...followingCases,
  ...pagingCases,
  ...waitingCases,
  ...interruptionCases,
  ...filterCases,
]

/** Declares one test for each promise. Give tests that fail every request in turn half a minute of time. */
export function testSource(options: SuiteOptions): void {
  const { test, after } = options
  let workbench: Promise<Workbench> | undefined
  for (const promise of sourceCases) {
    test(`${options.shortName}: ${promise.name}`, async () => {
      workbench ??= openWorkbench()
      await runCase(promise, options, await workbench)
    })
  }
  after(async () => (await workbench)?.close())
}

/** One promise against a provider of its own. @throws what was not kept */
export async function runCase(
  promise: Case,
  options: Omit<SuiteOptions, 'test' | 'after'>,
  workbench: Workbench,
  parts: Parts = realParts,
): Promise<void> {
  const { plugin, shortName, start, thorough = false, stride = 1 } = options
  const source = plugin.sources.find(candidate => candidate.shortName === shortName)
  if (!source) throw new Error(`the plugin has no source ${shortName}`)
  const fixture = await start(workbench.clock)
  try {
    await promise.run({ plugin, source, fixture, parts, workbench }, { thorough, stride })
  } finally {
    await fixture.close()
  }
}
