import type { Clock } from './clock.ts'
import type { Content } from './content/index.ts'
import { Failure, isFailure, isSkippable } from './errors.ts'
import type { Downloads } from './files/downloads.ts'
import { createFileReader } from './files/file-text.ts'
import { canonicalJson, type Json } from './json.ts'
import type { Change, Config, Context, Endpoints, Entity, Known, KnownScope, Scope, Source } from './plugin.ts'
import type { RunApi } from './run-api.ts'
import type { CommitCounts, ConnectionRow, Listing, Store, Upsert, Write } from './store/store.ts'
import { noTurns, type Turns } from './turns.ts'

export interface RunInput {
  connection: ConnectionRow
  jobId: string
  source: Source
  api: RunApi
  /** Where files lie until they have become text. */
  downloads: Downloads
  endpoints: Endpoints
  config: Config
  /** Aborted with the `Failure` that ends the run. */
  signal: AbortSignal
  /**
   * Set for a run with a one-off token: the stored cursor is neither read nor moved, and nothing is deleted unless
   * the token is proven to belong to the connection's own account.
   */
  override?: { proven: boolean } | undefined
  /** What storing takes turns with. Default: nothing. */
  turns?: Turns | undefined
  /** Requests sent so far, kept with each batch. */
  requests(): number
  /** Told after each batch with what the job has done so far. */
  onProgress?(totals: Totals): void
}

/** What a run has done so far. */
export interface Totals extends CommitCounts {
  skipped: number
  failed: number
}

/** A batch is one transaction: large enough to be fast, small enough for flat memory and quick answers meanwhile. */
const batchWrites = 1000
const batchBytes = 4 * 1024 * 1024
/** A checkpoint is kept at once if the last batch is older than this, in milliseconds. */
const checkpointEveryMs = 1000
const sweepAtOnce = 500
const knownAtOnce = 500
/** More skips than this are not told apart any more: nothing is swept then. */
const mostSkips = 1000
/** A provider that forgets the cursor of a listing it has just begun would go on for ever. */
const mostRestarts = 3

/**
 * Drains one source into the store: every batch, its index and the cursor in one transaction; after a full listing
 * that ended cleanly, what it did not see is deleted.
 * @throws Failure whatever ended the run; everything yielded before it is kept
 */
export async function drain(store: Store, content: Content, clock: Clock, input: RunInput): Promise<Totals> {
  const { connection, source, override, turns = noTurns } = input
  // Another account or other filters make the old cursor meaningless.
  const cursorKey = canonicalJson([source.shortName, connection.account?.id ?? null, input.config])
  const totals: Totals = { inserted: 0, updated: 0, deleted: 0, kept: 0, skipped: 0, failed: 0, encountered: {} }
  let { generation } = connection
  const resumes = !override && connection.cursor !== null && connection.cursorKey === cursorKey
  let cursor = resumes ? connection.cursor : null
  let listing = resumes ? connection.listing : await beginListing()

  for (let restarts = 0; ; restarts++) {
    try {
      await runOnce()
      return totals
    } catch (error) {
      if (!isFailure(error, 'cursor_expired')) throw error
      if (restarts === mostRestarts)
        throw new Failure('bad_response', `${error.message}, again and again`, { cause: error })
      cursor = null
      listing = await beginListing()
    }
  }

  /** The new generation is kept before anything is marked with it, so that no mark of a lost listing looks new. */
  async function beginListing(): Promise<Listing> {
    generation++
    const begun: Listing = { generation, skips: [], sweepable: override?.proven ?? true }
    const changes = override ? { generation } : { generation, listing: begun, cursor: null, cursorKey: null }
    await store.updateConnection(connection.id, changes)
    return begun
  }

  async function runOnce(): Promise<void> {
    const writer = createWriter()
    const context = createContext(writer)
    try {
      for await (const change of source.sync(context, cursor ?? undefined)) {
        input.signal.throwIfAborted()
        await writer.take(change)
      }
      input.signal.throwIfAborted()
      await writer.flush()
    } catch (error) {
      // What was yielded is true whatever stopped the run, and the next one need not read it again.
      await writer.flush().catch(() => {})
      throw input.signal.aborted ? input.signal.reason : error
    }
    if (listing) await finishListing(listing)
  }

  async function finishListing(finished: Listing): Promise<void> {
    while (finished.sweepable) {
      input.signal.throwIfAborted()
      const swept = await store.sweep({
        connectionId: connection.id,
        jobId: input.jobId,
        generation: finished.generation,
        skips: finished.skips,
        limit: sweepAtOnce,
        now: now(),
      })
      totals.deleted += swept
      if (swept === 0) break
      input.onProgress?.(totals)
    }
    if (!override) await store.updateConnection(connection.id, { listing: null })
  }

  function createWriter() {
    let writes: Write[] = []
    let bytes = 0
    /** As text: the source goes on changing the object. */
    let checkpoint: string | undefined
    let committing: Promise<void> = Promise.resolve()
    /** What of it is about an entity. */
    let leaving: Write[] = []
    let lastCommitMs = clock.monotonic()
    // Nobody may be waiting when a commit fails; the next flush tells.
    let broken: unknown

    return { take, flush, settle, isUnderWay }

    /** Whether something of an entity has been taken, and may not be in the store yet. */
    function isUnderWay(entityType: string, id: string): boolean {
      return [writes, leaving].some(list =>
        list.some(write => {
          const place = write.type === 'upsert' ? write.entity : write
          return place.id === id && place.entityType === entityType
        }),
      )
    }

    async function take(change: Change): Promise<void> {
      if (change.type === 'checkpoint') checkpoint = JSON.stringify(change.cursor)
      else if (change.type === 'upsert') {
        check(change.entity)
        const { raw, ...entity } = change.entity
        const write: Upsert = { type: 'upsert', entity, raw: raw === undefined ? null : canonicalJson(raw) }
        writes.push(write)
        bytes += sizeOf(write)
      } else if (change.type === 'keep' || !override || override.proven) {
        writes.push({ type: change.type, entityType: change.entityType, id: change.id })
        bytes += 100
      }
      const full = writes.length >= batchWrites || bytes >= batchBytes
      if (full || (checkpoint && clock.monotonic() - lastCommitMs >= checkpointEveryMs)) await commit()
      await turns()
    }

    /** Resolves when everything taken is in the store. */
    async function flush(): Promise<void> {
      if (writes.length > 0 || checkpoint) await commit()
      await committing
      if (broken) throw broken
    }

    /** Resolves when the store shows everything taken. What is kept as it is changes nothing there. */
    async function settle(): Promise<void> {
      if (broken) throw broken
      if ([leaving, writes].some(list => list.some(({ type }) => type !== 'keep'))) await flush()
    }

    /** One commit is under way while the source reads on; a second one waits for it. */
    async function commit(): Promise<void> {
      await committing
      if (broken) throw broken
      // Somebody else who waited has taken them: nothing more is to be said of what is on its way with that.
      if (writes.length === 0 && checkpoint === undefined) return
      const reached = checkpoint === undefined || override ? undefined : (JSON.parse(checkpoint) as Json)
      const batch = {
        connectionId: connection.id,
        jobId: input.jobId,
        now: now(),
        writes,
        generation: listing && (!override || override.proven) ? listing.generation : null,
        progress: reached === undefined ? undefined : { cursor: reached, cursorKey, listing },
        job: { requests: input.requests(), skipped: totals.skipped, failed: totals.failed },
      }
      if (reached !== undefined) cursor = reached
      leaving = writes
      writes = []
      bytes = 0
      checkpoint = undefined
      lastCommitMs = clock.monotonic()
      committing = store.commit(batch).then(
        counts => {
          leaving = []
          add(counts)
        },
        error => {
          broken = error
        },
      )
    }
  }

  function add(counts: CommitCounts): void {
    totals.inserted += counts.inserted
    totals.updated += counts.updated
    totals.deleted += counts.deleted
    totals.kept += counts.kept
    for (const [type, count] of Object.entries(counts.encountered)) {
      totals.encountered[type] = (totals.encountered[type] ?? 0) + count
    }
    input.onProgress?.(totals)
  }

  function check(entity: Entity): void {
    if (!source.entityTypes.includes(entity.entityType)) {
      throw new Failure('internal', `${source.shortName} yielded the undeclared entity type "${entity.entityType}"`)
    }
    if (!entity.id) throw new Failure('bad_response', `${source.shortName} met a ${entity.entityType} without an id`)
  }

  function createContext(writer: ReturnType<typeof createWriter>): Context {
    return {
      api: input.api,
      endpoints: input.endpoints,
      config: input.config,
      signal: input.signal,
      now: () => new Date(clock.now()),
      skip,
      known: scope => known(writer, scope),
      text: (bytes, mediaType) => content.text(bytes, mediaType, input.signal),
      file: createFileReader({
        ...{ api: input.api, content, downloads: input.downloads, config: input.config, signal: input.signal },
        now: () => new Date(clock.now()),
        held: (entityType, id) => store.fileText(connection.id, entityType, id),
      }),
      async heldFile(entityType, id) {
        if (writer.isUnderWay(entityType, id)) await writer.flush()
        return store.fileText(connection.id, entityType, id)
      },
    }
  }

  function skip(scope: Scope, failure: unknown): void {
    if (!isSkippable(failure)) throw failure
    if (failure.code === 'item_unreadable') totals.failed++
    else totals.skipped++
    if (!listing) return
    const { entityType, id, parent } = scope
    const everything = entityType === undefined && id === undefined && parent === undefined
    if (everything || listing.skips.length >= mostSkips) listing = { ...listing, sweepable: false }
    else listing = { ...listing, skips: [...listing.skips, { entityType, id, parent }] }
  }

  async function* known(
    writer: { settle(): Promise<void> },
    scope: KnownScope,
  ): AsyncGenerator<Known, void, undefined> {
    await writer.settle()
    for (let after: Known | undefined; ; ) {
      const page = await store.known(connection.id, scope, after, knownAtOnce)
      yield* page
      after = page.at(-1)
      if (page.length < knownAtOnce) return
    }
  }

  function now(): string {
    return new Date(clock.now()).toISOString()
  }
}

/** About how many bytes an entity takes; cheap, for bounding a batch. */
function sizeOf({ entity: { text, file }, raw }: Upsert): number {
  return 500 + ((text?.length ?? 0) + (file?.text?.length ?? 0)) * 2 + (raw?.length ?? 0)
}
