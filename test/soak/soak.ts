/**
 * One data folder, one daemon after the other, each killed at a random moment: before it listens, while everything runs,
 * or around a refresh. After each kill the next one must have every token that the last one had, every entity once, and
 * a feed that goes on where it was.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { checkAll, checkStatuses, type Verdicts } from './check.ts'
import { createFollower } from './follower.ts'
import { createLedger } from './ledger.ts'
import { begin, type Life } from './life.ts'
import { collection, makeSubjects, type Subject } from './subjects.ts'
import { client, startTokenEndpoints } from './token-endpoints.ts'
import { type JobBody, makeTraffic } from './traffic.ts'
import { startWorlds } from './worlds.ts'

export interface SoakOptions {
  folder: string
  chance: Chance
  /** Whether there is time for another kill. */
  goesOn(kills: number): boolean
  /** Told after each kill. */
  told(kills: number): void
}

export interface SoakReport {
  kills: Record<'starting' | 'random' | 'refreshing', number>
  verdicts: Verdicts
  /** How often all connections were held against their providers. */
  checks: number
  connections: number
  changesFollowed: number
  refreshes: number
  /** By status, failed ones by category. */
  jobs: Record<string, number>
}

/** Of lives: those that are killed before they listen, and of the others those that are held against the truth first. */
const shareOfStarts = 0.2
const shareOfChecks = 0.2
/** Of kills: those after which a provider does not know its cursors any more. */
const shareOfForgetting = 0.05
/** A kill before it listens comes within this share of the time that the last start took. */
const startingShare = 1.1
const randomLimitMs = 1500
/** How soon after a refresh was asked for, or answered, in milliseconds. */
const aroundRefreshMs = 30
/** A refresh that does not come. */
const patienceMs = 3000

/** What a job may end of while the daemon is killed and tokens die. */
const expectedEnds = new Set(['interrupted', 'rate_limited', 'provider_unavailable', 'offline', 'token_revoked'])

export async function soak({ folder, chance, goesOn, told }: SoakOptions): Promise<SoakReport> {
  const ledger = createLedger(() => performance.now())
  const endpoints = await startTokenEndpoints(ledger, chance)
  const worlds = await startWorlds(ledger, chance, () => endpoints.isCalm)
  const config = configOf(worlds, endpoints.server.url)
  const follower = createFollower(collection, entity => {
    const world = subjects.find(({ id }) => id === entity.source_connection_id)?.world
    return world?.truth().has(`${entity.entity_type}:${entity.entity_id}`) ?? false
  })
  const verdicts: Verdicts = {
    tokensLost: [],
    announced: { provider: 0, twice: 0, unsent: 0 },
    signInsCutOff: 0,
    entitiesWrong: [],
    other: [],
  }
  const kills: SoakReport['kills'] = { starting: 0, random: 0, refreshing: 0 }
  const killCount = () => kills.starting + kills.random + kills.refreshing
  const renewed = new Map<string, number>()
  const oneOff = ledger.signIn('for ever')
  let subjects: Subject[] = []
  let checks = 0
  let number = 0
  /** How long the last start took. */
  let startMs = 1000

  try {
    await firstLife()
    while (goesOn(killCount())) {
      if (chance.odds(shareOfStarts)) await liveStarting()
      else if (chance.odds(0.5)) await live('random', () => sleep(chance.between(0, randomLimitMs)))
      else await live('refreshing', aroundRefresh)
      told(killCount())
      for (const world of worlds) if (chance.odds(shareOfForgetting)) world.forget()
    }
    const jobs = await lastLife()
    return {
      ...{ kills, verdicts: withMisdeeds(), checks, jobs },
      ...{ connections: subjects.length, changesFollowed: follower.heard, refreshes: ledger.refreshes },
    }
  } finally {
    await Promise.all([endpoints.close(), ...worlds.map(world => world.close())])
  }

  function start(killAfterMs?: number): Promise<Life | undefined> {
    const life = ++number
    ledger.begin(life)
    return begin({ folder, config, killAfterMs, killed: () => ledger.end(life), printed: readLog })
  }

  async function startWell(): Promise<Life> {
    const begunAt = performance.now()
    const life = await start()
    if (!life) throw new Error('it was killed by nobody')
    startMs = performance.now() - begunAt
    return life
  }

  async function firstLife(): Promise<void> {
    const life = await startWell()
    await life.during(async () => {
      subjects = await makeSubjects(life.api, ledger, worlds)
      await check(life)
    })
    await life.kill()
    kills.random++
  }

  async function liveStarting(): Promise<void> {
    const life = await start(chance.between(0, startMs * startingShare))
    // A start that was quicker than that is one more kill at a random moment.
    if (life) kills.random++
    else kills.starting++
    await life?.kill()
  }

  /** @param moment resolves when it is time */
  async function live(kind: 'random' | 'refreshing', moment: () => Promise<void>): Promise<void> {
    const life = await startWell()
    const checker = { api: life.api, ledger, follower, verdicts }
    await life.during(async () => {
      if (chance.odds(shareOfChecks)) await check(life)
    })
    const looking = life.during(async () => {
      await checkStatuses(checker, subjects)
      await follower.follow(life.api)
      await makeTraffic(life, subjects, worlds, { chance, oneOff })
    })
    await Promise.race([moment(), looking])
    if (life.isOver) throw new Error('the daemon ended by itself')
    await life.kill()
    kills[kind]++
    await looking
  }

  async function aroundRefresh(): Promise<void> {
    const done = new AbortController()
    const asked = new Promise<void>(resolve => {
      let left = Math.floor(chance.between(1, 8))
      endpoints.onStep = () => --left === 0 && resolve()
    })
    await Promise.race([asked, sleep(patienceMs, undefined, { signal: done.signal }).catch(() => {})])
    done.abort()
    await sleep(chance.between(0, aroundRefreshMs))
  }

  async function check({ api }: Life): Promise<void> {
    endpoints.isCalm = true
    await checkAll({ api, ledger, follower, verdicts }, subjects)
    for (const { chain } of subjects) ledger.expire(chain)
    endpoints.isCalm = false
    checks++
  }

  async function lastLife(): Promise<Record<string, number>> {
    const life = await startWell()
    let jobs: Record<string, number> = {}
    await life.during(async () => {
      await check(life)
      jobs = await countJobs(life)
    })
    const exitCode = await life.daemon.stop()
    if (exitCode !== 0) verdicts.other.push(`the last daemon ended with ${exitCode}`)
    readLog(life.daemon.output())
    await lookForSecrets()
    return jobs
  }

  async function countJobs({ api }: Life): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { id } of subjects) {
      for (let skip = 0; ; skip += 1000) {
        const page = await api.call<JobBody[]>('GET', `/source-connections/${id}/jobs?limit=1000&skip=${skip}`)
        for (const { status, error_category: category, error } of page) {
          const name = status === 'failed' ? `failed (${category})` : status
          counts[name] = (counts[name] ?? 0) + 1
          if (status === 'failed' && !expectedEnds.has(category ?? ''))
            verdicts.other.push(`a job failed: ${category}: ${error}`)
        }
        if (page.length < 1000) break
      }
    }
    return counts
  }

  /** A generation that is said to be stored is never given again: else what was stored is gone. */
  function readLog(output: string): void {
    if (output.includes(ledger.mark)) verdicts.other.push('a token is in the log')
    for (const line of output.split('\n')) {
      const [, id = '', generation] =
        /"connectionId":"([^"]+)","generation":(\d+).*"a token was renewed"/.exec(line) ?? []
      if (/a bug stopped inlet|stopped by a bug/.test(line)) verdicts.other.push(line)
      if (generation === undefined) continue
      if (Number(generation) <= (renewed.get(id) ?? 0))
        verdicts.tokensLost.push(`generation ${generation} was stored twice, after ${renewed.get(id)}`)
      renewed.set(id, Number(generation))
    }
  }

  async function lookForSecrets(): Promise<void> {
    const dataDir = join(folder, 'data')
    for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const content = await readFile(join(entry.parentPath, entry.name))
      if (content.includes(ledger.mark)) verdicts.other.push(`a token is in clear in ${entry.name}`)
    }
  }

  function withMisdeeds(): Verdicts {
    const { tokensLost, entitiesWrong, other } = verdicts
    return {
      ...verdicts,
      tokensLost: [...tokensLost, ...ledger.misdeeds],
      entitiesWrong: [...entitiesWrong, ...follower.misdeeds],
      other: [...other, ...worlds.flatMap(world => world.problems())],
    }
  }
}

function configOf(worlds: readonly { family: string; endpoints: object }[], tokenUrl: string): object {
  const limits = { requestsPerSecond: 1000, burst: 1000, concurrent: 8 }
  const providers = worlds.map(({ family, endpoints }) => [
    family,
    {
      ...{ clientId: client.id, clientSecret: client.secret, limits },
      endpoints: { ...endpoints, token: `${tokenUrl}/${family}/token` },
    },
  ])
  return { logLevel: 'info', sync: { concurrency: 6 }, providers: Object.fromEntries(providers) }
}
