/** An `Inlet` for a caller: it has nothing beyond what the caller may do and see. */
import { type Access, type AccessScope, requireEverything, requireScope } from './access.ts'
import { unknownCollection, unknownConnection, unknownEntity } from './connection-row.ts'
import { Failure } from './errors.ts'
import type {
  ApiKeys,
  Collections,
  Connections,
  ConnectionView,
  Inlet,
  Jobs,
  SignIns,
  VaultControl,
  Webhooks,
  WhiteLabels,
} from './inlet.ts'
import type { Page } from './store/store.ts'

/**
 * The same, for a caller of whom nothing more is known than its access. Each method throws `Failure` `forbidden` where
 * the scope does not reach, and `not_found` for what is in none of its collections, as if it were not there.
 */
export function limitInlet(inlet: Inlet, access: Access): Inlet {
  if (access.scope === 'admin' && access.collections === null && access.ended === undefined) return inlet
  const limits = createLimits(inlet, access)
  const { check, checkCollection, connection, sees } = limits
  return {
    sources: inlet.sources,
    collections: limitCollections(inlet, limits),
    connections: limitConnections(inlet, limits),
    jobs: limitJobs(inlet, limits),
    signIns: limitSignIns(inlet, limits),
    whiteLabels: guarded<WhiteLabels>(inlet.whiteLabels, limits),
    webhooks: guarded<Webhooks>(inlet.webhooks, limits),
    vault: limitVault(inlet, limits),
    keys: guarded<ApiKeys>(inlet.keys, limits),
    knownKey: () => undefined,
    // It reaches all that the account has, which is more than a collection shows.
    async proxy(id, request) {
      await connection(id)
      check('admin')
      return inlet.proxy(id, { ...request, signal: untilEnded(request.signal, access) })
    },
    backups: {
      async make() {
        const message = "a backup has the owner's API key in it, and so takes that key: a named one makes none"
        throw new Failure('forbidden', message)
      },
    },
    async entity(id) {
      const entity = await inlet.entity(id)
      if (sees(entity.collection)) return entity
      throw unknownEntity(id)
    },
    async changes(input) {
      checkCollection(input.collection)
      return inlet.changes(input)
    },
    async search(input) {
      for (const collection of [input.collection].flat()) checkCollection(collection)
      return inlet.search(input)
    },
    async *events(signal, after) {
      for await (const event of inlet.events(untilEnded(signal, access), after)) {
        if ('collection' in event ? sees(event.collection) : access.collections === null) yield event
      }
    },
    // It tells nothing of the event that it names.
    eventPosition: () => inlet.eventPosition(),
    health: () => inlet.health(),
    // Counts of all collections together.
    async measure() {
      check('read', 'everything')
      return inlet.measure()
    },
    async close() {
      check('admin', 'everything')
      throw new Failure('forbidden', 'a caller does not close inlet')
    },
  }
}

interface Limits {
  access: Access
  /** @throws Failure `forbidden` */
  check(needed: AccessScope, reach?: 'everything'): void
  sees(collection: string): boolean
  /** @throws Failure `not_found` as for one that is not there */
  checkCollection(readableId: string): void
  /** @throws Failure `not_found` as for one that is not there */
  connection(id: string): Promise<ConnectionView>
}

function createLimits(inlet: Inlet, access: Access): Limits {
  const sees = (collection: string) => access.collections?.includes(collection) ?? true
  return {
    access,
    sees,
    check(needed, reach) {
      requireScope(access, needed)
      if (reach === 'everything') requireEverything(access)
    },
    checkCollection(readableId) {
      if (!sees(readableId)) throw unknownCollection(readableId)
    },
    async connection(id) {
      const connection = await inlet.connections.get(id)
      if (sees(connection.collection)) return connection
      throw unknownConnection(id)
    },
  }
}

function limitCollections({ collections }: Inlet, { access, check, checkCollection }: Limits): Collections {
  return {
    async create(input) {
      check('admin', 'everything')
      return collections.create(input)
    },
    async get(readableId) {
      checkCollection(readableId)
      return collections.get(readableId)
    },
    async list(page) {
      if (access.collections === null) return collections.list(page)
      const all = await Promise.all(access.collections.map(name => collections.get(name).catch(missing)))
      return pageOf(
        all.filter(one => one !== undefined),
        page,
      )
    },
    async update(readableId, changes) {
      checkCollection(readableId)
      check('admin')
      return collections.update(readableId, changes)
    },
    async delete(readableId, options) {
      checkCollection(readableId)
      check('admin')
      return collections.delete(readableId, options)
    },
    async refreshAll(readableId) {
      checkCollection(readableId)
      check('sync')
      return collections.refreshAll(readableId)
    },
  }
}

function limitConnections({ connections }: Inlet, limits: Limits): Connections {
  const { access, check, checkCollection, connection } = limits
  return {
    async create(input) {
      check('admin')
      checkPlace(limits, input)
      return connections.create(input)
    },
    get: connection,
    async list({ collection, ...page }) {
      if (collection !== undefined) checkCollection(collection)
      if (access.collections === null || collection !== undefined) return connections.list({ ...page, collection })
      const first = { skip: 0, limit: page.skip + page.limit }
      const lists = access.collections.map(name => connections.list({ ...first, collection: name }).catch(missing))
      return pageOf(
        (await Promise.all(lists)).flatMap(list => list ?? []),
        page,
      )
    },
    async update(id, changes) {
      await connection(id)
      check('admin')
      if (changes.collection !== undefined) checkCollection(changes.collection)
      if (changes.whiteLabelId) requireEverything(access)
      return connections.update(id, changes)
    },
    async delete(id, options) {
      await connection(id)
      check('admin')
      return connections.delete(id, options)
    },
    async run(id, options) {
      await connection(id)
      check('sync')
      return connections.run(id, options)
    },
    async check(id) {
      await connection(id)
      check('sync')
      return connections.check(id)
    },
  }
}

function limitJobs({ jobs }: Inlet, { access, check, connection }: Limits): Jobs {
  return {
    async get(connectionId, jobId) {
      await connection(connectionId)
      return jobs.get(connectionId, jobId)
    },
    async list(connectionId, page) {
      await connection(connectionId)
      return jobs.list(connectionId, page)
    },
    async cancel(connectionId, jobId) {
      await connection(connectionId)
      check('sync')
      return jobs.cancel(connectionId, jobId)
    },
    async *follow(connectionId, jobId, signal) {
      await connection(connectionId)
      for await (const progress of jobs.follow(connectionId, jobId, untilEnded(signal, access))) {
        // It may have been moved out of sight meanwhile.
        if (access.collections !== null && !(await connection(connectionId).catch(missing))) return
        yield progress
      }
    },
  }
}

function limitSignIns({ signIns }: Inlet, limits: Limits): SignIns {
  const { access, check, connection } = limits
  return {
    async begin(input) {
      check('admin')
      if (input.connectionId !== undefined) await connection(input.connectionId)
      else checkPlace(limits, input.connection ?? {})
      return signIns.begin(input)
    },
    async finish(input) {
      check('admin')
      if (input.connection?.collection !== undefined) limits.checkCollection(input.connection.collection)
      if (input.whiteLabelId !== undefined || input.connection?.whiteLabelId) requireEverything(access)
      return signIns.finish(input)
    },
    // The address gives whoever opens it a say in whose data flow.
    async link(connectionId, redirectUri) {
      await connection(connectionId)
      return access.scope === 'admin' ? signIns.link(connectionId, redirectUri) : undefined
    },
    // It may be one for a collection out of sight.
    onlyState: shortName =>
      access.scope === 'admin' && access.collections === null ? signIns.onlyState(shortName) : undefined,
    async decide(input) {
      check('admin')
      return signIns.decide(input)
    },
  }
}

function limitVault({ vault }: Inlet, limits: Limits): VaultControl {
  return {
    get lockedBecause() {
      return vault.lockedBecause
    },
    ...guarded({ status: vault.status, rotate: vault.rotate, lock: vault.lock, unlock: vault.unlock }, limits),
  }
}

/** A new connection must not make a collection, nor use what belongs to others. */
function checkPlace(
  { access, checkCollection }: Limits,
  { collection, whiteLabelId }: { collection?: string | undefined; whiteLabelId?: string | undefined },
): void {
  if (whiteLabelId !== undefined) requireEverything(access)
  if (collection !== undefined) checkCollection(collection)
  else if (access.collections !== null)
    throw new Failure('forbidden', 'this API key is limited to some collections: name one of those as collection')
}

type Methods = Readonly<Record<string, (...input: never[]) => Promise<unknown>>>

/** Methods for administrators of everything. */
function guarded<Part extends object>(part: Part & { [Name in keyof Part]: Methods[string] }, { check }: Limits): Part {
  const entries = Object.entries(part as Methods).map(([name, method]) => {
    const limited = async (...input: never[]) => {
      check('admin', 'everything')
      return method(...input)
    }
    return [name, limited]
  })
  return Object.fromEntries(entries) as Part
}

function untilEnded(signal: AbortSignal, { ended }: Access): AbortSignal {
  return ended ? AbortSignal.any([signal, ended]) : signal
}

function missing(error: unknown): undefined {
  if (error instanceof Failure && error.code === 'not_found') return undefined
  throw error
}

function pageOf<Row extends { createdAt: string }>(rows: readonly Row[], { skip, limit }: Page): Row[] {
  return rows.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)).slice(skip, skip + limit)
}
