/** Comments and files that the store has, by the page they are on. */
import type { Change, Entity } from '../../core/plugin.ts'
import { commentType, fileType } from './model.ts'
import type { NotionCursor } from './progress.ts'
import type { Changes, Run } from './run.ts'

/** The ids of a type on a page; the store is read once a run, when it is asked first. */
export type HeldBelow = (entityType: string, pageId: string) => Promise<readonly string[]>

export function createHeldBelow({ context }: Run): HeldBelow {
  let loaded: Promise<Map<string, string[]>> | undefined
  return async (entityType, pageId) => {
    loaded ??= load()
    return (await loaded).get(`${entityType}:${pageId}`) ?? []
  }

  async function load(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>()
    for (const entityType of [commentType, fileType]) {
      for await (const { id, breadcrumbs } of context.known({ entityType })) {
        const key = `${entityType}:${breadcrumbs.at(-1)?.entityId ?? ''}`
        const ids = found.get(key)
        if (ids) ids.push(id)
        else found.set(key, [id])
      }
    }
    return found
  }
}

/** A comment or file that is there: nothing that another page has lost it to takes it away again. */
export function put({ placed }: Run, entity: Entity): Change<NotionCursor> {
  placed.add(`${entity.entityType}:${entity.id}`)
  return { type: 'upsert', entity }
}

/** What the store has on a page and this run has not met anywhere. */
export async function* removeStale(run: Run, held: HeldBelow, entityType: string, pageId: string): Changes {
  for (const id of await held(entityType, pageId)) {
    if (!run.placed.has(`${entityType}:${id}`)) yield { type: 'remove', entityType, id }
  }
}

/** Everything that is gone, each page after what was on it. */
export async function* removeGone(run: Run, held: HeldBelow): Changes {
  for (const id of run.gone.page) {
    for (const entityType of [commentType, fileType]) yield* removeStale(run, held, entityType, id)
    yield { type: 'remove', entityType: 'notion_page', id }
  }
  for (const id of run.gone.database) yield { type: 'remove', entityType: 'notion_database', id }
}
