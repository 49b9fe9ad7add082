/**
 * `npm run soak -- --minutes 10`, `-- --kills 300`, or both, whichever is first; `--seed` for the same chance again. Ends
 * by itself, prints what it found, and ends with 1 where anything was lost.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createChance } from './chance.ts'
import { type SoakReport, soak } from './soak.ts'

const options = { minutes: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } } as const
const usualMinutes = 2
const shownOfAKind = 20
const sayEvery = 25

const { values } = parseArgs({ options })
const kills = numberOf('kills', values.kills) ?? Number.POSITIVE_INFINITY
const minutes = numberOf('minutes', values.minutes) ?? (values.kills === undefined ? usualMinutes : undefined)
const seed = numberOf('seed', values.seed) ?? Math.floor(performance.timeOrigin) % 1_000_000
const startedAt = performance.now()
const endsAt = minutes === undefined ? Number.POSITIVE_INFINITY : startedAt + minutes * 60_000

const folder = await mkdtemp(join(tmpdir(), 'inlet-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
let isStopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second one ends it at once.
    if (isStopping) process.exit(1)
    isStopping = true
    process.stdout.write(`${signal}: it checks once more, and tells what it found\n`)
  })
}

process.stdout.write(`seed ${seed}\n`)
const report = await soak({
  folder,
  chance: createChance(seed),
  goesOn: done => done < kills && performance.now() < endsAt && !isStopping,
  told(done) {
    if (done % sayEvery === 0) process.stdout.write(`${done} kills\n`)
  },
})
const complaints = print(report, (performance.now() - startedAt) / 1000)
process.exitCode = complaints === 0 ? 0 : 1

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (text.trim() !== '' && number >= 0) return number
  throw new Error(`--${name} takes a number`)
}

function print({ kills, verdicts, ...rest }: SoakReport, seconds: number): number {
  const { tokensLost, announced, entitiesWrong, other } = verdicts
  const count = kills.starting + kills.random + kills.refreshing
  const jobs = Object.entries(rest.jobs).map(([name, number]) => `${name} ${number}`)
  const ran = Object.values(rest.jobs).reduce((sum, number) => sum + number, 0)
  const rows: [string, string][] = [
    ['seed', String(seed)],
    ['time', `${seconds.toFixed(0)} s, ${((count / seconds) * 60).toFixed(0)} kills a minute`],
    [
      'kills survived',
      `${count} (${kills.starting} while it started, ${kills.random} at random, ${kills.refreshing} around a refresh)`,
    ],
    ['tokens lost', String(tokensLost.length)],
    [
      'unavoidable and announced',
      `${announced.provider + announced.twice + announced.unsent} (${announced.provider} by a provider without grace, ${announced.twice} cut off twice in a row, ${announced.unsent} so before they were sent)`,
    ],
    ['sign-ins cut off', `${verdicts.signInsCutOff}, made again`],
    ['entities lost or doubled', String(entitiesWrong.length)],
    ['changes followed', String(rest.changesFollowed)],
    ['checks of everything', `${rest.checks} of ${rest.connections} connections`],
    ['jobs run', `${ran} (${jobs.join(', ')})`],
    ['refreshes', String(rest.refreshes)],
    ['other complaints', String(other.length)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  process.stdout.write(`${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`)
  for (const [name, all] of Object.entries({ tokensLost, entitiesWrong, other })) {
    for (const sentence of all.slice(0, shownOfAKind)) process.stdout.write(`${name}: ${sentence}\n`)
  }
  return tokensLost.length + entitiesWrong.length + other.length
}
