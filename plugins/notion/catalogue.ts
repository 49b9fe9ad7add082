/**
 * What there is, as Notion lists it. Search shows most pages and data sources but is not exhaustive, so each data source
 * is queried, too. Sources: https://developers.notion.com/reference/post-search,
 * https://developers.notion.com/reference/query-a-data-source
 */
import { Failure, isFailure, type JsonObject, type Known, listAt, objectAt, textAt } from '../../core/plugin.ts'
import { eachOf, isNoRoute, isOutOfReach, look, skippable } from './api.ts'
import { databaseEntity } from './database.ts'
import { databaseType, fromKnown, type Item, pageType, toDatabase, toPage } from './model.ts'
import { type Changes, crumbsOf, isWanted, type Run } from './run.ts'

/** @throws Failure as `classify` says: without the search there is no listing */
export async function search(run: Run): Promise<void> {
  const json = { sort: { timestamp: 'last_edited_time', direction: 'descending' } }
  await eachOf(run.context, { path: 'search', json }, object => meet(run, object))
}

/** Root pages that no listing shows; each may be a database as well. */
export async function findRoots(run: Run): Promise<void> {
  const { roots, tree } = run
  const met = [...tree.items('page')].map(({ id }) => id).concat(...run.databases)
  for (const id of roots.ids) {
    if (met.some(other => isSameId(id, other))) continue
    if ((await tree.ask('page', id)) instanceof Failure) run.databases.add(id)
  }
}

/** Databases that the store has and no listing has shown: they are read like the others, or gone. */
export async function recallDatabases(run: Run): Promise<void> {
  for await (const { id } of run.context.known({ entityType: databaseType })) run.databases.add(id)
}

/** Reads every database met and not read yet, and the pages in it. */
export async function* readDatabases(run: Run): Changes {
  for (const id of run.databases) {
    if (run.described.has(id)) continue
    run.described.add(id)
    const item = await readDatabase(run, id)
    if (!item) continue
    run.tree.replace(item)
    const { isTrashed, isUnsure } = await run.tree.path(item)
    if (isTrashed || !(await isWanted(run, item))) {
      // A trail that could not be followed says nothing about where it is.
      if (isUnsure && !isTrashed) run.unread.add(id)
      else if (await run.tree.held(item)) run.gone.database.add(id)
      continue
    }
    run.gone.database.delete(id)
    if (!run.unread.has(id)) {
      item.shown = await crumbsOf(run, item)
      yield { type: 'upsert', entity: databaseEntity(run, item, item.shown) }
    }
    for (const source of sourceIds(run, item)) await readRows(run, id, source)
  }
}

/** `undefined` for one that is gone, or never was there for this token. */
async function readDatabase(run: Run, id: string): Promise<Item | undefined> {
  const met = run.sources.get(id) ?? new Map<string, JsonObject>()
  const known = await knownDatabase(run, id)
  const answer = await lookTwice(run, `databases/${encodeURIComponent(id)}`, known !== undefined && met.size === 0)
  if (!(answer instanceof Failure)) return describe(run, id, answer, met)
  const isAbsent = isFailure(answer, 'item_missing') || isNoRoute(answer)
  if (!isAbsent) run.context.skip({ entityType: databaseType, id }, skippable(answer))
  if (!known) return met.size > 0 ? toDatabase(fromSources(id, [...met.values()]), [...met.values()]) : undefined
  if (isAbsent && met.size === 0) {
    run.gone.database.add(id)
    return undefined
  }
  run.unread.add(id)
  return fromKnown(known)
}

async function describe(
  run: Run,
  id: string,
  answer: JsonObject,
  met: ReadonlyMap<string, JsonObject>,
): Promise<Item | undefined> {
  if (answer.in_trash === true || answer.archived === true) return toDatabase(answer, [])
  const listed = listAt(answer, 'data_sources')
  const sources: JsonObject[] = []
  for (const reference of listed.length > 0 ? listed : met.values()) {
    const source = textAt(reference, 'id')
    if (!source) continue
    const object = met.get(source) ?? (await readSource(run, id, source)) ?? reference
    if (object.in_trash !== true && object.archived !== true) sources.push(object)
  }
  return toDatabase(answer, sources)
}

async function readSource(run: Run, database: string, id: string): Promise<JsonObject | undefined> {
  const answer = await look(run.context, `data_sources/${encodeURIComponent(id)}`)
  if (answer instanceof Failure) return undefined
  meetSource(run, { ...answer, parent: { type: 'database_id', database_id: database } })
  return answer
}

/** As much as its data sources tell of a database that cannot be read itself. */
function fromSources(id: string, sources: readonly JsonObject[]): JsonObject {
  const [first = {}] = sources
  const parent = objectAt(first, 'database_parent') ?? { type: 'workspace', workspace: true }
  const { title = [], description = [], url = null } = first
  return { object: 'database', id, title, description, url, parent }
}

function sourceIds(run: Run, item: Item): string[] {
  const listed = listAt(item.raw, 'data_sources').map(source => textAt(source, 'id') ?? '')
  return [...new Set([...listed, ...(run.sources.get(item.id)?.keys() ?? [])])].filter(id => id !== '')
}

/** Pages in a data source. What cannot be listed is not gone: each known page is asked for by itself. */
async function readRows(run: Run, database: string, source: string): Promise<void> {
  const path = `data_sources/${encodeURIComponent(source)}/query`
  try {
    const { isCut } = await eachOf(run.context, { path, json: {}, isOfItem: true }, object => meet(run, object))
    if (isCut) await readRowsByTime(run, path)
  } catch (error) {
    if (!isOutOfReach(error)) throw error
    if (!isNoRoute(error)) run.context.skip({ entityType: pageType, parent: database }, skippable(error))
  }
}

/** A query gives 10,000 rows at most; each window of time has that many of its own. */
async function readRowsByTime(run: Run, path: string): Promise<void> {
  for (let from: string | undefined; ; ) {
    let last: string | undefined
    const timestamp = 'created_time'
    const { isCut } = await eachOf(
      run.context,
      {
        path,
        isOfItem: true,
        json: {
          sorts: [{ timestamp, direction: 'ascending' }],
          ...(from === undefined ? {} : { filter: { timestamp, created_time: { on_or_after: from } } }),
        },
      },
      object => {
        meet(run, object)
        last = textAt(object, 'created_time') ?? last
      },
    )
    if (!isCut) return
    if (last === undefined || last === from) {
      throw new Failure('item_unreadable', `POST /v1/${path} has more rows of one minute than it gives`)
    }
    from = last
  }
}

function meet(run: Run, object: JsonObject): void {
  const id = textAt(object, 'id')
  if (object.object === 'data_source') meetSource(run, object)
  else if (object.object === 'database' && id) run.databases.add(id)
  else if (object.object === 'page' && id) {
    const page = toPage(object)
    if (page) run.tree.add(page)
    else run.bare.add(id)
  }
}

function meetSource(run: Run, source: JsonObject): void {
  const id = textAt(source, 'id')
  const database = textAt(objectAt(source, 'parent'), 'database_id')
  if (!id || !database || source.in_trash === true || source.archived === true) return
  run.tree.learnSource(source)
  run.databases.add(database)
  const met = run.sources.get(database) ?? new Map<string, JsonObject>()
  run.sources.set(database, met.set(id, source))
}

async function knownDatabase(run: Run, id: string): Promise<Known | undefined> {
  for await (const known of run.context.known({ entityType: databaseType, id })) return known
  return undefined
}

/** What the store has is not given up for one answer that it is not there. */
export async function lookTwice(run: Run, path: string, isHeld: boolean): Promise<JsonObject | Failure> {
  const answer = await look(run.context, path)
  return isHeld && isFailure(answer, 'item_missing') ? look(run.context, path) : answer
}

function isSameId(a: string, b: string): boolean {
  return a.replaceAll('-', '').toLowerCase() === b.replaceAll('-', '').toLowerCase()
}
