/** What a job does: opens the connection's credential, learns whose it is, drains the source, and keeps the books. */
import { createApi } from './api.ts'
import type { Clock, Random } from './clock.ts'
import type { Content } from './content/index.ts'
import { drain, type Totals } from './engine.ts'
import { Failure, isFailure } from './errors.ts'
import type { Downloads } from './files/downloads.ts'
import { type Herald, isOurs } from './herald.ts'
import type { SourceInfo } from './inlet.ts'
import { categoryOf, needsPerson } from './job-outcome.ts'
import type { JobEnding, JobReport, JobRunner } from './jobs.ts'
import type { Log } from './log.ts'
import { type Counting, countingTransport } from './measures.ts'
import { idleMeter } from './meter.ts'
import type { Pacer } from './pacer.ts'
import type { Account, Api, Config, Endpoints, Limits, Plugin } from './plugin.ts'
import type { RunApi } from './run-api.ts'
import type { Secret } from './secret.ts'
import type { ConnectionRow, JobRow, Store } from './store/store.ts'
import { overrideTokens, type TokenSource, type Tokens } from './tokens.ts'
import type { Transport } from './transport.ts'
import type { Turns } from './turns.ts'

export interface RunnerOptions {
  store: Store
  tokens: Tokens
  transport: Transport
  content: Content
  downloads: Downloads
  pacers(key: string, limits: Limits): Pacer
  clock: Clock
  random: Random
  log: Log
  source(shortName: string): SourceInfo
  endpoints(pluginId: string): Endpoints
  limits(pluginId: string): Limits
  herald: Herald
  turns: Turns
  meter?: Counting | undefined
}

export interface Runner extends JobRunner {
  /** Asks the provider once, without repeating, whose token it is. @throws Failure that says why it does not work */
  probe(info: SourceInfo, tokens: TokenSource): Promise<Account>
  /** The tokens of the stored credential. */
  tokensOf(connection: ConnectionRow): TokenSource
}

/** How long a check of a token may take, in milliseconds. */
const probeLimitMs = 20_000

export function createRunner(options: RunnerOptions): Runner {
  const { store, tokens, log, clock, meter = idleMeter as Counting } = options
  /** When the person signed in whose tokens a job uses, by job. */
  const signedIn = new Map<string, string | null>()
  /** When a job began (monotonic), by job. */
  const startedMs = new Map<string, number>()
  return { run, ended, probe, tokensOf: connection => storedTokens(connection, options.source(connection.shortName)) }

  async function run(job: JobRow, override: Secret | undefined, signal: AbortSignal, report: JobReport): Promise<void> {
    const connection = await existing(job.connectionId)
    const info = options.source(connection.shortName)
    const endpoints = options.endpoints(info.plugin.id)
    signedIn.set(job.id, connection.authenticatedAt)
    startedMs.set(job.id, clock.monotonic())
    // Not waited for: what follows is written after it.
    store.addEvents(options.herald.started(connection, job)).catch(error => {
      log.error({ jobId: job.id, err: error }, 'the start of a job could not be told')
    })
    let requests = 0
    let totals: Totals = { inserted: 0, updated: 0, deleted: 0, kept: 0, skipped: 0, failed: 0, encountered: {} }
    let counted = totals
    const tokenSource = override ? overrideTokens(override) : storedTokens(connection, info)
    const open = (accountId: string | undefined) =>
      openApi(accountId ?? connection.id, info, tokenSource, signal, report, () => requests++)
    try {
      const known = override ? undefined : connection.account
      const account = known ?? (await identify(open(connection.account?.id), info, endpoints))
      const proven = account !== null && account.id === connection.account?.id
      if (!override && account && !proven) await store.updateConnection(connection.id, { account })
      await drain(store, options.content, clock, {
        connection: override || !account ? connection : { ...connection, account },
        jobId: job.id,
        source: info.source,
        // Only now is it known with whom the provider's limits are shared.
        api: open(account?.id),
        downloads: options.downloads,
        endpoints,
        config: connection.config as Config,
        signal,
        override: override ? { proven } : undefined,
        turns: options.turns,
        requests: () => requests,
        onProgress(sofar) {
          totals = sofar
          countSoFar()
          report.progress(sofar, requests)
        },
      })
    } finally {
      countSoFar()
      report.progress(totals, requests)
    }

    function countSoFar(): void {
      countChanges(connection.shortName, counted, totals)
      // The engine goes on counting in the same object.
      counted = { ...totals }
    }
  }

  async function ended(job: JobRow, failure: Failure | undefined): Promise<JobEnding> {
    const connection = await store.connection(job.connectionId)
    if (!connection) return { connection: {}, happenings: [], stored: () => forget(job.id) }
    const since = signedIn.get(job.id)
    const isReplaced = since !== undefined && since !== connection.authenticatedAt
    // Who has signed in again meanwhile need not be told to.
    const told: ConnectionRow = isReplaced ? { ...connection, authState: 'needs_reauth' } : connection
    const heralded = await options.herald.ended(told, job, failure)
    const runs = {
      totalRuns: connection.totalRuns + 1,
      successfulRuns: connection.successfulRuns + (failure ? 0 : 1),
      failedRuns: connection.failedRuns + (failure && !isOurs(failure) ? 1 : 0),
    }
    // A one-off token says nothing about the stored credential, nor does one that was replaced during the job.
    const isSilent = job.trigger === 'override' || isOurs(failure) || isReplaced
    return {
      connection: isSilent ? runs : { ...runs, ...stateAfter(connection, failure) },
      happenings: heralded.happenings,
      stored() {
        heralded.stored()
        countEnd(connection, job, failure)
        forget(job.id)
        writeLog(connection, job, failure)
      },
    }
  }

  function forget(jobId: string): void {
    signedIn.delete(jobId)
    startedMs.delete(jobId)
  }

  function countChanges(source: string, before: Totals, after: Totals): void {
    for (const change of ['inserted', 'updated', 'deleted', 'kept', 'skipped', 'failed'] as const) {
      const by = after[change] - before[change]
      if (by > 0) meter.count('inlet_entity_changes_total', { source, change }, by)
    }
  }

  function countEnd({ shortName: source }: ConnectionRow, job: JobRow, failure: Failure | undefined): void {
    const status = failure === undefined ? 'completed' : failure.code === 'cancelled' ? 'cancelled' : 'failed'
    meter.count('inlet_jobs_total', { source, status, category: failure ? categoryOf(failure) : '' })
    const beganMs = startedMs.get(job.id)
    if (beganMs !== undefined)
      meter.observe('inlet_job_duration_seconds', { source }, (clock.monotonic() - beganMs) / 1000)
  }

  function stateAfter(connection: ConnectionRow, failure: Failure | undefined): Partial<ConnectionRow> {
    return {
      authState: failure ? (needsPerson(failure) ? 'needs_reauth' : connection.authState) : 'ready',
      lastErrorCategory: failure ? categoryOf(failure) : null,
      lastErrorMessage: failure?.message ?? null,
    }
  }

  function writeLog({ shortName }: ConnectionRow, job: JobRow, failure: Failure | undefined): void {
    const fields = { connectionId: job.connectionId, jobId: job.id, source: shortName }
    const { inserted, updated, deleted, kept, requests } = job
    if (failure) log.warn({ ...fields, code: failure.code, error: failure.message }, 'sync failed')
    else log.info({ ...fields, inserted, updated, deleted, kept, requests }, 'sync completed')
  }

  async function probe({ plugin, source }: SourceInfo, tokenSource: TokenSource): Promise<Account> {
    const endpoints = options.endpoints(plugin.id)
    const { random } = options
    const transport = transportTo(plugin)
    const limit = new AbortController()
    const timer = new AbortController()
    const late = new Failure('unavailable', `${plugin.title} gave no answer within ${probeLimitMs / 1000} seconds`)
    clock.sleep(probeLimitMs, timer.signal).then(
      () => limit.abort(late),
      () => {},
    )
    const pacer = options.pacers(`${plugin.id}/probe`, options.limits(plugin.id))
    const api = createApi({
      ...{ plugin, endpoints, tokens: tokenSource, pacer, transport, clock, random },
      signal: limit.signal,
      patience: 0,
    })
    try {
      return await source.identify({ api, endpoints })
    } finally {
      timer.abort()
    }
  }

  async function existing(id: string): Promise<ConnectionRow> {
    const connection = await store.connection(id)
    if (!connection) throw new Failure('not_found', 'the connection was deleted', { problem: 'unknown-connection' })
    return connection
  }

  function storedTokens(connection: ConnectionRow, { plugin, source }: SourceInfo): TokenSource {
    const endpoints = options.endpoints(plugin.id)
    const { id, credentialGeneration } = connection
    return tokens.for({ id, plugin, source, endpoints, credentialGeneration })
  }

  function transportTo({ id }: Plugin): Transport {
    return countingTransport(options.transport, { meter, clock, provider: id, purpose: 'sync' })
  }

  /** @param accountKey what has the provider's limits: the account, or the connection while none is known */
  function openApi(
    accountKey: string,
    { plugin, source }: SourceInfo,
    tokenSource: TokenSource,
    signal: AbortSignal,
    report: JobReport,
    onRequest: () => void,
  ): RunApi {
    const { random } = options
    return createApi({
      plugin,
      endpoints: options.endpoints(plugin.id),
      tokens: tokenSource,
      pacer: options.pacers(`${plugin.id}/${accountKey}`, options.limits(plugin.id)),
      lane: source.lane,
      transport: transportTo(plugin),
      clock,
      random,
      signal,
      turns: options.turns,
      onRequest,
      onWait(untilMs, code) {
        const waitMs = Math.max(0, untilMs - clock.now())
        meter.count('inlet_provider_wait_seconds_total', { provider: plugin.id, reason: code }, waitMs / 1000)
        report.waiting(untilMs, code)
      },
    })
  }

  /** Whose token it is, where the provider tells; one that cannot tell must not keep the data from flowing. */
  async function identify(api: Api, info: SourceInfo, endpoints: Endpoints): Promise<Account | null> {
    try {
      return await info.source.identify({ api, endpoints })
    } catch (error) {
      if (isFailure(error) && (error.remedy === 'skip' || error.code === 'bad_response')) return null
      throw error
    }
  }
}
