/**
 * New names, places and properties, brought into what the store has without reading blocks again. A full listing brings
 * every page that has not changed in this way, too.
 */
import { type Breadcrumb, canonicalJson, textAt } from '../../core/plugin.ts'
import { commentEntity } from './comment.ts'
import { databaseEntity } from './database.ts'
import { fileEntity } from './file.ts'
import { type Content, commentType, fileType, type Item, pageType, readContent, sameCrumbs } from './model.ts'
import { currentTitles, pageEntity, renewed, surroundings } from './page.ts'
import { below, type Changes, crumbsOf, namesOf, type Run } from './run.ts'

/** The breadcrumbs of a page to be written; `undefined` to write it as the store has it. */
type Plan = Map<string, readonly Breadcrumb[] | undefined>

export async function* rewrite(run: Run): Changes {
  yield* rewriteDatabases(run)
  const plan = await makePlan(run)
  if (plan.size === 0) return
  const { context, tree } = run
  const names = namesOf(run)
  for (const entityType of [commentType, fileType]) {
    for await (const { id, raw, breadcrumbs } of context.known({ entityType })) {
      const home = breadcrumbs.at(-1)?.entityId ?? ''
      if (!raw || !plan.has(home)) continue
      const page = tree.get('page', home)
      const above = plan.get(home)
      const crumbs = page && above ? below(page, above) : breadcrumbs
      const entity =
        entityType === commentType
          ? commentEntity(raw, names, crumbs)
          : fileEntity(raw, await context.heldFile(fileType, id), crumbs, page?.url)
      yield { type: 'upsert', entity }
    }
  }
  for await (const { id, raw, breadcrumbs } of context.known({ entityType: pageType })) {
    if (!raw || !plan.has(id)) continue
    const { content: stored, ...rest } = raw
    const item = tree.get('page', id)
    const crumbs = plan.get(id)
    const content = readContent(stored)
    const entity =
      item && crumbs
        ? pageEntity(item.raw, bodyOf(item, renewed(run, item, content)), crumbs)
        : pageEntity(rest, content, crumbs ?? breadcrumbs)
    yield { type: 'upsert', entity }
  }
}

/** Remembers what an old body is of: the page would look up to date otherwise. */
function bodyOf({ fate, held }: Item, content: Content): Content {
  return fate === 'failed' && held ? { ...content, bodyEdited: held.content.bodyEdited ?? held.edited } : content
}

/** Databases come with their pages; where they are may turn out later. */
async function* rewriteDatabases(run: Run): Changes {
  const { tree, gone, unread, progress } = run
  for (const item of tree.items('database')) {
    if (gone.database.has(item.id)) continue
    if (unread.has(item.id)) {
      const held = progress.isListing ? await tree.held(item) : undefined
      if (held) yield { type: 'upsert', entity: databaseEntity(run, item, held.breadcrumbs) }
    } else if (item.shown) {
      const breadcrumbs = await crumbsOf(run, item)
      if (!sameCrumbs(item.shown, breadcrumbs)) {
        yield { type: 'upsert', entity: databaseEntity(run, item, breadcrumbs) }
      }
    }
  }
}

async function makePlan(run: Run): Promise<Plan> {
  const { tree, progress, untouched } = run
  const plan: Plan = new Map()
  if (progress.isListing) for (const id of untouched) plan.set(id, undefined)
  for (const item of tree.items('page')) {
    if (untouched.has(item.id)) continue
    const isFailed = item.fate === 'failed' && item.held
    if (!isFailed && item.fate !== 'kept' && item.fate !== 'read') continue
    const breadcrumbs = await crumbsOf(run, item)
    const isOutdated =
      item.fate === 'read'
        ? !sameCrumbs(item.shown ?? [], breadcrumbs)
        : progress.isListing || isChanged(run, item, breadcrumbs)
    if (isOutdated) plan.set(item.id, breadcrumbs)
  }
  return plan
}

function isChanged(run: Run, item: Item, breadcrumbs: readonly Breadcrumb[]): boolean {
  const { held } = item
  if (!held?.isSame || !sameCrumbs(held.breadcrumbs, breadcrumbs)) return true
  const { head, author, titles, home } = held.content
  if (canonicalJson(currentTitles(run, titles) ?? null) !== canonicalJson(titles ?? null)) return true
  const block = textAt(item.parent, 'block_id')
  if (block !== undefined && run.tree.homeOf(block) !== home) return true
  // Names that may not be read this time are no reason to write everything without them.
  if (!run.hasPeople && run.progress.hadPeople) return false
  const now = surroundings(run, item)
  return now.head !== head || now.author !== author
}
