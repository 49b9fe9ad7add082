/** What one run knows while it reads, and the questions that every part asks. */
import { type Breadcrumb, type Change, type Context, type JsonObject, textAt } from '../../core/plugin.ts'
import { type Item, type Kind, toCrumb } from './model.ts'
import type { NotionCursor, Progress } from './progress.ts'
import type { PropertyNames } from './properties.ts'
import { addressOf, link } from './rich-text.ts'
import type { Roots } from './roots.ts'
import type { Tree } from './tree.ts'

export type Changes = AsyncGenerator<Change<NotionCursor>, void, undefined>

export interface Run {
  context: Context
  progress: Progress
  tree: Tree
  roots: Roots
  /** Names by the ids of people and integrations. */
  people: ReadonlyMap<string, string>
  /** Whether people may be listed. */
  hasPeople: boolean
  /** When it began, in milliseconds since 1970. */
  startedMs: number
  /** Databases that were met. */
  databases: Set<string>
  /** Databases that were asked for in this run. */
  described: Set<string>
  /** Data sources as objects, by database. */
  sources: Map<string, Map<string, JsonObject>>
  /** Databases of which the store keeps what it has. */
  unread: Set<string>
  /** Pages met by their id alone. */
  bare: Set<string>
  /** Databases that stand in a page's blocks, and that page: linked views of others look the same and cannot be read. */
  expected: Map<string, string>
  /** The newest time of all pages, if each page that has it was read again since. */
  newest: string | undefined
  /** Pages read in this run of which something is missing. */
  weak: Set<string>
  /** Pages that are to be read whatever the store has of them. */
  due: Set<string>
  /** What the store has and nobody shows any more. */
  gone: Record<Kind, Set<string>>
  /** Pages of which the store keeps what it has: it could not be told whether, or as what, they are still there. */
  untouched: Set<string>
  /** Comments and files yielded so far, as `type:id`. */
  placed: Set<string>
  /** Whether comments may not be read: told once. */
  commentsRefused: boolean
}

export function namesOf(run: Run): PropertyNames {
  const { tree, people } = run
  return {
    user: id => people.get(id),
    title: id => tree.find(id)?.title,
    refer: (id, title) => reference(id, tree.find(id)?.title ?? title),
  }
}

export function reference(id: string, title: string): string {
  const address = addressOf(id)
  return address ? link(address, title || 'Untitled') : title || 'Untitled'
}

/** From the outermost page or database down to the parent. */
export async function crumbsOf(run: Run, item: Item): Promise<readonly Breadcrumb[]> {
  const { trail, isUnsure } = await run.tree.path(item)
  const held = isUnsure ? await run.tree.held(item) : undefined
  return held?.breadcrumbs ?? trail.map(toCrumb)
}

/** What holds a page's comments and files: its own breadcrumbs and itself. */
export function below(item: Item, breadcrumbs: readonly Breadcrumb[]): readonly Breadcrumb[] {
  return [...breadcrumbs, toCrumb(item)]
}

/** Whether the configuration asks for it: it is a root page, or below one. */
export async function isWanted({ roots, tree }: Run, item: Item): Promise<boolean> {
  if (!roots.isSet || roots.isRoot(item)) return true
  const { trail } = await tree.path(item)
  const { parent } = trail[0] ?? item
  const above = textAt(parent, 'page_id') ?? textAt(parent, 'database_id')
  return trail.some(roots.isRoot) || (above !== undefined && roots.isRootId(above))
}
