/** Reads the pages that are new or changed, and those that turn up on the way. */
import { Failure, mapInOrder } from '../../core/plugin.ts'
import { skippable } from './api.ts'
import { readDatabases } from './catalogue.ts'
import { commentEntity } from './comment.ts'
import { fileEntity } from './file.ts'
import { type HeldBelow, put, removeStale } from './held-below.ts'
import { commentType, contentVersion, fileType, type Held, type Item, pageType } from './model.ts'
import { pageEntity } from './page.ts'
import { type Reading, readPage } from './reader.ts'
import { below, type Changes, crumbsOf, isWanted, namesOf, type Run } from './run.ts'

/** Notion's pace is a few requests a second: more at once would only wait. */
const parallelPages = 3
/** Times are rounded down to the minute, and Notion's clock may be a little behind ours. */
const overlapMs = 2 * 60 * 1000
/** More pages than this with the newest time of all are not read again for that alone: once, and in every run. */
const mostNewestOnce = 200
const mostNewest = 3

export async function* readPages(run: Run, held: HeldBelow): Changes {
  const newest = await findNewest(run)
  for (;;) {
    const wave = await choose(run, newest)
    if (wave.length === 0) break
    for await (const { item, reading } of mapInOrder(wave, parallelPages, async item => ({
      item,
      reading: await readPage(run, item),
    }))) {
      if (reading instanceof Failure) failed(run, item, reading)
      else yield* putPage(run, held, item, reading)
    }
    yield* readDatabases(run)
  }
  settleExpected(run)
}

/** Files and comments first: a page in the store says that what belongs to it is there. */
async function* putPage(run: Run, held: HeldBelow, item: Item, reading: Reading): Changes {
  const { progress } = run
  const breadcrumbs = await crumbsOf(run, item)
  const under = below(item, breadcrumbs)
  const names = namesOf(run)
  for (const { raw, file } of reading.files) yield put(run, fileEntity(raw, file, under, item.url))
  for (const id of reading.keptFiles) run.placed.add(`${fileType}:${id}`)
  for (const raw of reading.comments ?? []) yield put(run, commentEntity(raw, names, under))
  if (reading.hasAllFiles) yield* removeStale(run, held, fileType, item.id)
  if (reading.comments) yield* removeStale(run, held, commentType, item.id)
  // What is still to be done is noted before the page looks done, and done after it is.
  if (reading.isWeak) progress.retry(item.id)
  noteCopies(run, reading.originals)
  yield progress.checkpoint()
  item.fate = 'read'
  item.shown = breadcrumbs
  yield { type: 'upsert', entity: pageEntity(item.raw, reading.content, breadcrumbs) }
  progress.unlisted.delete(item.id)
  const awaitsDatabase = [...run.expected.values()].includes(item.id)
  if (reading.isWeak) run.weak.add(item.id)
  else if (!awaitsDatabase) progress.settle(item.id)
  yield progress.checkpoint()
}

/** A linked view of a database elsewhere looks like one that could not be had, and stays so. */
function settleExpected({ expected, tree, progress, weak }: Run): void {
  const waiting = new Set<string>()
  for (const [database, page] of expected) if (!tree.get('database', database)) waiting.add(page)
  for (const page of new Set(expected.values())) {
    if (waiting.has(page)) progress.retry(page)
    else if (!weak.has(page)) progress.settle(page)
  }
  for (const id of expected.keys()) progress.unlisted.delete(id)
}

/** Its body stays the last one that was whole; its name, place and properties are brought up to date all the same. */
function failed(run: Run, item: Item, failure: Failure): void {
  item.fate = 'failed'
  run.context.skip({ entityType: pageType, id: item.id }, skippable(failure))
  run.progress.retry(item.id)
}

/** Pages that show a block of a page that was edited have not been edited themselves. */
function noteCopies({ tree, due, progress }: Run, originals: readonly string[]): void {
  if (originals.length === 0) return
  for (const page of tree.items('page')) {
    if (page.fate !== 'kept' || !page.held?.content.sources?.some(source => originals.includes(source))) continue
    due.add(page.id)
    progress.retry(page.id)
    page.fate = undefined
  }
}

/** Decides about every page that nothing is decided of yet; gives those to be read. */
async function choose(run: Run, newest: ReadonlySet<string>): Promise<Item[]> {
  const chosen: Item[] = []
  for (const item of run.tree.items('page')) {
    if (item.fate) continue
    const held = await run.tree.held(item)
    const { isTrashed, isUnsure } = await run.tree.path(item)
    if (!isTrashed && (await isWanted(run, item))) {
      run.gone.page.delete(item.id)
      item.fate = 'kept'
      // Search may be behind: it shows a page as it was before the store got it.
      if (held && item.edited < held.edited) run.untouched.add(item.id)
      else if (isDue(run, item, newest)) chosen.push(item)
    } else {
      item.fate = 'gone'
      if (isUnsure && !isTrashed) run.untouched.add(item.id)
      else if (held) run.gone.page.add(item.id)
    }
  }
  return chosen
}

function isDue(run: Run, { id, held, edited }: Item, newest: ReadonlySet<string>): boolean {
  const { progress, due } = run
  if (!held || held.content.version !== contentVersion) return true
  if ((held.content.bodyEdited ?? held.edited) !== edited) return true
  if (progress.isPending(id) || due.has(id) || newest.has(id)) return true
  return isRecent(run, edited) || showsEdited(run, held.content)
}

function isRecent({ progress, startedMs }: Run, edited: string): boolean {
  const editedMs = Date.parse(edited)
  // What is later than now tells of two clocks that differ, not of an edit.
  return editedMs >= progress.sinceMs - overlapMs && editedMs <= startedMs + overlapMs
}

/** Whether a block of a page that was edited, and is not asked for itself, is shown here. */
function showsEdited(run: Run, { sources = [], originals }: Held['content']): boolean {
  if (!run.roots.isSet || sources.length === 0) return false
  if (!originals) return true
  return Object.entries(originals).some(([id, before]) => {
    const edited = run.tree.get('page', id)?.edited ?? before
    return edited !== before || isRecent(run, edited)
  })
}

/**
 * Our clock may be ahead of Notion's: what has the newest time of all may be edited within that minute still, whatever
 * our clock says.
 */
async function findNewest(run: Run): Promise<ReadonlySet<string>> {
  const { tree, progress } = run
  const pages = [...tree.items('page')].filter(({ isTrashed }) => !isTrashed)
  const latest = pages
    .map(({ edited }) => edited)
    .sort()
    .at(-1)
  const newest = pages.filter(({ edited }) => edited === latest)
  if (progress.isListing) return new Set()
  if (newest.every(({ held, edited }) => held?.edited === edited)) run.newest = latest
  const most = progress.newest === latest ? mostNewest : mostNewestOnce
  return new Set(newest.length > most ? [] : newest.map(({ id }) => id))
}
