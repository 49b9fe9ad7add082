/**
 * inlet as a library: `createInlet()` wires the parts of core around a data folder and a list of plugins. Nothing here
 * knows of HTTP servers or of any provider.
 */
import { createApiKeys } from './api-keys.ts'
import { createBackupMaker } from './backup/snapshot.ts'
import { type Clock, type Random, systemClock } from './clock.ts'
import { createCollections } from './collections.ts'
import { createConnectionJobs } from './connection-jobs.ts'
import { findSource, unknownCollection, unknownEntity } from './connection-row.ts'
import { createConnections } from './connections.ts'
import { defined } from './defined.ts'
import { createEvents } from './events.ts'
import { createForesight, needColumns } from './foresight.ts'
import { type Closers, createClosers, type Foundation, layFoundation } from './foundation.ts'
import { createHerald } from './herald.ts'
import { createHistory } from './history.ts'
import { isUuid, namedUuid } from './identifiers.ts'
import type { Health, Inlet, ProviderSettings, SourceInfo } from './inlet.ts'
import { createJobQueue } from './jobs.ts'
import { type Log, silentLog } from './log.ts'
import { createCoreMeter, measure } from './measures.ts'
import { createPacers } from './pacer.ts'
import type { Endpoints, Limits, Plugin } from './plugin.ts'
import { createProxy } from './proxy.ts'
import { createRunner } from './runner.ts'
import { createScheduler } from './scheduler.ts'
import { Secret } from './secret.ts'
import { settleRefreshes } from './settle.ts'
import { createClients } from './sign-in/clients.ts'
import { createSignIns } from './sign-in/sign-ins.ts'
import type { SpareThreads } from './store/spare.ts'
import type { ConnectionRow } from './store/store.ts'
import { createTokens, type TokenConnection, type TokenOptions } from './tokens.ts'
import { lockedVault } from './vault/vault.ts'
import { createVaultControl, makingUp } from './vault-control.ts'
import { createCourier } from './webhooks/courier.ts'
import { createWebhooks } from './webhooks/webhooks.ts'
import { createWhiteLabels } from './white-labels.ts'

export type { Access, AccessScope } from './access.ts'
export type { Clock, Random } from './clock.ts'
export { systemClock } from './clock.ts'
export { type Code, Failure, type FieldError, isFailure } from './errors.ts'
export type { Event } from './events.ts'
export type * from './inlet.ts'
export { limitInlet } from './limit-inlet.ts'
export type { Log } from './log.ts'
export type * from './plugin.ts'
export { Secret } from './secret.ts'
export type * from './store/store.ts'

export interface InletOptions {
  /** Holds the vault and the store; made with mode 0700. One process at a time. */
  dataDir: string
  plugins: readonly Plugin[]
  /** By family: the OAuth client, where the provider lives, how fast it may be asked. */
  providers?: Readonly<Record<string, ProviderSettings>> | undefined
  sync?: { concurrency?: number | undefined; timeoutMinutes?: number | undefined } | undefined
  proxy?: { /** Also what may change something; default false. */ write?: boolean | undefined } | undefined
  /** For how many days what is over is kept; default 90 for jobs, 30 for events. */
  history?: { jobsDays?: number | undefined; eventsDays?: number | undefined } | undefined
  /** Where the vault's key may come from: `INLET_MASTER_KEY` and its kin. Default: none of it. */
  environment?: Readonly<Record<string, string | undefined>> | undefined
  log?: Log | undefined
  clock?: Clock | undefined
  random?: Random | undefined
  /** Starts nothing by itself: no schedule, no settling of refreshes. For looking at a folder. */
  idle?: boolean | undefined
  /** Threads for the store that were started ahead (`startSpareThreads`). */
  spareThreads?: SpareThreads | undefined
}

const defaultConcurrency = 4
const defaultTimeoutMinutes = 240
const defaultJobsDays = 90
const defaultEventsDays = 30
/** How long `close` waits for jobs to reach their next step, in milliseconds. */
const closingMs = 8000

/**
 * Opens the data folder and starts the schedules.
 * @throws Failure `data_folder` when the folder cannot be used, another inlet runs on it, or a newer one wrote it
 */
export async function createInlet(options: InletOptions): Promise<Inlet> {
  const { dataDir, plugins, providers = {}, log = silentLog, clock = systemClock, random = Math.random } = options
  const closers = createClosers(log)
  try {
    const { environment = {}, spareThreads } = options
    const foundation = await layFoundation({ dataDir, environment, clock, log, spareThreads }, closers)
    return await assemble({ ...foundation, plugins, providers, log, clock, random }, options, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

interface Parts extends Foundation {
  plugins: readonly Plugin[]
  providers: Readonly<Record<string, ProviderSettings>>
  log: Log
  clock: Clock
  random: Random
}

async function assemble(parts: Parts, options: InletOptions, closers: Closers): Promise<Inlet> {
  const { store, vault, transport, providers, log, clock } = parts
  const sources = listSources(parts.plugins)
  const source = (shortName: string) => findSource(sources, shortName)
  const plugin = (id: string) => parts.plugins.find(candidate => candidate.id === id)
  const endpoints = (id: string) => endpointsOf(plugin(id), providers[id])
  const limits = (id: string): Limits => limitsOf(plugin(id), providers[id])

  const meter = createCoreMeter(parts.plugins)
  const events = await createEvents(store)
  const foresight = createForesight({ store, clock, log })
  const send: TokenOptions['send'] = async (request, signal) => {
    const answer = await transport.send({ method: 'POST', ...request, maxBytes: 1024 * 1024, signal })
    return { ...answer, body: new TextDecoder().decode(answer.body) }
  }
  const configured: TokenOptions['client'] = id => {
    const { clientId, clientSecret, tenant } = providers[id] ?? {}
    return { clientId, clientSecret: clientSecret === undefined ? undefined : new Secret(clientSecret), tenant }
  }
  const tokens = createTokens({
    ...{ vault, clock, log, send, meter, client: configured },
    async changed({ id, plugin: { auth } }, credential) {
      await store.updateConnection(id, {
        expiresAt: credential.expiresAt ?? null,
        ...needColumns(credential, auth),
        credentialGeneration: credential.generation,
      })
    },
  })
  closers.add(() => tokens.close())
  const herald = createHerald({
    async clientOf({ id, shortName }) {
      const provider = source(shortName).plugin.id
      const credential = await vault.get(id).catch(() => undefined)
      return { provider, clientId: credential?.clientId ?? providers[provider]?.clientId }
    },
  })
  const pacers = createPacers(clock)
  const runner = createRunner({ ...parts, tokens, pacers, source, endpoints, limits, herald, meter })
  const { concurrency = defaultConcurrency, timeoutMinutes = defaultTimeoutMinutes } = options.sync ?? {}
  const queue = createJobQueue({
    ...{ store, clock, runner: makingUp(runner, store, clock), concurrency, timeoutMs: timeoutMinutes * 60_000, log },
    roomy: () => scheduler.roomy(),
  })
  await queue.recover()
  const collections = createCollections({
    ...{ store, clock, connections: () => connections },
    deleting: id => keys.forget(id),
  })
  const scheduler = createScheduler({
    store,
    clock,
    log,
    hasRoom: queue.hasRoom,
    async enqueue(run) {
      if (vault.locked) throw lockedVault(vault.lockedBecause)
      await queue.add(run, 'schedule')
    },
  })
  const keys = await createApiKeys({ store, clock, log, checkCollection: id => collections.get(id) })
  closers.add(() => keys.stop())
  const connections = createConnections({
    ...{ store, vault, tokens, queue, runner, collections, source, clock },
    configuredClientId: id => providers[id]?.clientId,
    async refresh(connection: ConnectionRow) {
      await tokens.for(tokenConnection(connection)).token()
    },
    herald,
    rescheduled() {
      scheduler.poke()
      foresight.poke()
    },
  })
  const clients = createClients({ store, vault, configured })
  const signInsEnd = new AbortController()
  closers.add(async () => signInsEnd.abort())
  const { jobsDays = defaultJobsDays, eventsDays = defaultEventsDays } = options.history ?? {}
  const history = createHistory({ store, clock, log, jobsDays, eventsDays })
  const courier = createCourier({ ...{ store, vault, transport, clock, log, meter }, random: parts.random })
  const webhooks = createWebhooks({ ...{ store, vault, transport, courier, clock }, closing: signInsEnd.signal })
  const signInParts = {
    closing: signInsEnd.signal,
    store,
    vault,
    clock,
    send,
    endpoints,
    source,
    runner,
    connections,
    clients,
  }
  const signIns = createSignIns(signInParts)
  closers.add(() => scheduler.stop())
  closers.add(() => foresight.stop())
  closers.add(() => courier.stop())
  closers.add(() => history.stop())
  if (!options.idle) {
    scheduler.start()
    foresight.start()
    keys.start()
    courier.start()
    history.start()
  }
  const settling = new AbortController()
  if (options.idle) settling.abort()
  const settled = settleRefreshes({ store, vault, tokens, tokenConnection, herald, log, signal: settling.signal })
  closers.add(async () => {
    settling.abort()
    await settled
  })

  let closing: Promise<void> | undefined
  return {
    sources: { list: () => [...sources], get: source },
    collections,
    connections,
    jobs: createConnectionJobs({ store, queue, connections }),
    signIns,
    whiteLabels: createWhiteLabels({ ...signInParts, signIns }),
    keys,
    knownKey: keys.find,
    webhooks,
    vault: createVaultControl({ vault, tokens, queue, scheduler, courier, clock }),
    proxy: createProxy({
      ...{ ...parts, source, endpoints, limits, pacers, herald, meter },
      tokensOf: runner.tokensOf,
      canWrite: options.proxy?.write ?? false,
    }),
    backups: createBackupMaker({ dataDir: options.dataDir, store, vault, clock }),
    events: (signal, after) => events.follow(signal, after),
    eventPosition: events.position,
    async entity(id) {
      const entity = isUuid(id) ? await store.entity(id.toLowerCase()) : undefined
      if (!entity) throw unknownEntity(id)
      return entity
    },
    async changes(input) {
      await requireCollection(input.collection)
      return store.changes(input)
    },
    async search(input) {
      await Promise.all([input.collection].flat().map(requireCollection))
      return store.search(input)
    },
    health,
    measure: () => measure({ meter, store, queue, plugins: parts.plugins, health }),
    close() {
      closing ??= (async () => {
        // Two seconds of the ten are left for closing files.
        await scheduler.stop()
        const timer = new AbortController()
        const limit = clock.sleep(closingMs, timer.signal).catch(() => {})
        await Promise.race([Promise.all([queue.close(), courier.stop()]), limit])
        timer.abort()
        await closers.closeAll()
      })()
      return closing
    },
  }

  /** Looks at nothing else of it: what it says of itself takes a look at each of its connections. */
  async function requireCollection(readableId: string): Promise<void> {
    if (!(await store.collection(readableId))) throw unknownCollection(readableId)
  }

  async function health(): Promise<Health> {
    const open = await store.status().then(
      () => true,
      () => false,
    )
    return { store: open, vault: !vault.locked, scheduler: scheduler.alive }
  }

  function tokenConnection({ id, shortName, credentialGeneration }: ConnectionRow): TokenConnection {
    const { plugin, source } = findSource(sources, shortName)
    return { id, plugin, source, endpoints: endpoints(plugin.id), credentialGeneration }
  }
}

function listSources(plugins: readonly Plugin[]): SourceInfo[] {
  return plugins.flatMap(plugin =>
    plugin.sources.map(source => ({
      plugin,
      source,
      authFields: plugin.auth.fields,
      id: namedUuid('source', source.shortName),
    })),
  )
}

/** Whoever says how fast a provider may be asked knows better than its plugin, of the plugin's lanes too. */
function limitsOf(plugin: Plugin | undefined, { limits = {} }: ProviderSettings = {}): Limits {
  const { lanes, ...declared } = plugin?.limits ?? {}
  const isSaid = limits.requestsPerSecond !== undefined
  return { ...declared, ...defined(limits), ...(lanes && !isSaid ? { lanes } : {}) }
}

/** The configured places over the plugin's own, without a slash at the end. */
function endpointsOf(plugin: Plugin | undefined, settings: ProviderSettings = {}): Endpoints {
  const merged = { ...plugin?.endpoints, ...settings.endpoints }
  return Object.fromEntries(Object.entries(merged).map(([name, url]) => [name, url.replace(/\/+$/, '')]))
}
