/** What the store has, held against what Notion lists: a page that no listing shows is asked for before it is gone. */
import { type Breadcrumb, Failure, isFailure } from '../../core/plugin.ts'
import { isNoRoute, skippable } from './api.ts'
import { lookTwice } from './catalogue.ts'
import { pageType, toHeld, toPage } from './model.ts'
import type { Run } from './run.ts'

/** Tells every known page of this run what the store has of it, and finds those that are gone. */
export async function recallPages(run: Run): Promise<void> {
  const { context, tree } = run
  for (const id of run.bare) if (!tree.get('page', id)) await tree.ask('page', id)
  const missing: { id: string; breadcrumbs: readonly Breadcrumb[] }[] = []
  for await (const known of context.known({ entityType: pageType })) {
    const item = tree.get('page', known.id)
    if (item) item.held = toHeld(known, item)
    else missing.push({ id: known.id, breadcrumbs: known.breadcrumbs })
  }
  for (const item of tree.items('page')) item.held ??= null
  // What is above comes first: if it is in the trash, so is everything in it.
  missing.sort((a, b) => a.breadcrumbs.length - b.breadcrumbs.length)
  for (const { id, breadcrumbs } of missing) {
    if (breadcrumbs.some(({ entityId }) => tree.find(entityId)?.isTrashed)) run.gone.page.add(id)
    else await verify(run, id, breadcrumbs.at(-1))
  }
}

async function verify(run: Run, id: string, parent: Breadcrumb | undefined): Promise<void> {
  const answer = await lookTwice(run, `pages/${encodeURIComponent(id)}`, true)
  if (!(answer instanceof Failure)) {
    const page = toPage(answer)
    if (page) run.tree.add(page)
    else run.untouched.add(id)
  } else if (isFailure(answer, 'item_missing') || isNoRoute(answer)) {
    run.gone.page.add(id)
    // Taking a page out of what is shared is no edit of the page that shows it.
    if (parent?.entityType === pageType) run.due.add(parent.entityId)
  } else {
    run.context.skip({ entityType: pageType, id }, skippable(answer))
    run.untouched.add(id)
  }
}
