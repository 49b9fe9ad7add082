/** `npm run fuzz -- --requests 100000 --seed 1`: the long one, with its figures. Ends with 1 when something was found. */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } })
const requests = Number(values.requests ?? 100_000)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const startedAt = performance.now()

const report = await fuzz({
  requests,
  seed,
  onProgress: sent => {
    if (sent % 10_000 === 0) process.stdout.write(`${sent} requests\n`)
  },
})
const seconds = Math.round((performance.now() - startedAt) / 1000)
const { findings, ...figures } = report
process.stdout.write(`${JSON.stringify({ seed, seconds, ...figures }, undefined, 2)}\n`)
for (const finding of findings) process.stdout.write(`\n${finding}\n`)
process.stdout.write(findings.length === 0 ? 'Nothing was found.\n' : `\n${findings.length} findings.\n`)
process.exit(findings.length === 0 ? 0 : 1)
