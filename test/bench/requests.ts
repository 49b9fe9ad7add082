/** Requests of a first sync and of a quiet one, beside those of the official SDKs' loops, counted at the provider. */
import { join } from 'node:path'
import type { Bench, Finding } from './bench.ts'
import { countRequests } from './request-worlds/count.ts'
import { requestWorlds } from './request-worlds/index.ts'

export const bench: Bench = {
  title: "requests of first syncs and quiet ones, beside the official SDKs' loops",
  async run({ count, scratch, log }) {
    const findings: Finding[] = []
    for (const world of requestWorlds) {
      const size = count(world.full)
      const counts = await countRequests(world, size, join(scratch, `requests-${world.shortName}`))
      log(`  ${world.shortName}: ${JSON.stringify(counts)}`)
      const { identity, first, quiet, later, sdk } = counts
      const account = `${world.shortName}, ${world.what(size)}`
      findings.push({ what: `${account}: whose account it is, once`, value: identity, unit: 'requests' })
      const rows = [
        { what: 'the first sync', value: first, beside: sdk.first, atMost: 1.05 },
        { what: 'a quiet sync', value: quiet, beside: sdk.quiet, atMost: 1 },
        { what: 'a quiet sync a quarter of an hour later', value: later, beside: sdk.quiet, atMost: 1 },
      ]
      for (const { what, value, beside, atMost } of rows) {
        findings.push({
          what: `${account}: ${what}`,
          ...{ value, unit: 'requests', target: { of: 'ratio', atMost } },
          beside: { what: "the SDK's loop", value: beside },
        })
      }
    }
    return findings
  },
}
