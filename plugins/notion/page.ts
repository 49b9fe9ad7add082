/** A page as an entity: its properties, then its blocks. */
import { type Breadcrumb, type Entity, type JsonObject, objectAt, textAt } from '../../core/plugin.ts'
import { type Content, contentVersion, type Item, pageType, titleOf } from './model.ts'
import { propertiesText } from './properties.ts'
import { namesOf, type Run, reference } from './run.ts'

/** A reference in a stored body: private characters around the id, so that a new title needs no reading of blocks. */
const referencePattern = /\uE000([^\uE001]*)\uE001/g

export function markReference(id: string): string {
  return `\uE000${id}\uE001`
}

/** What is made of a page beside its blocks: read anew in each run, as names and related pages change by themselves. */
export function surroundings(run: Run, item: Item): Pick<Content, 'head' | 'author'> {
  const names = namesOf(run)
  const author = ['last_edited_by', 'created_by']
    .map(name => names.user(textAt(objectAt(item.raw, name), 'id') ?? ''))
    .find(name => name !== undefined)
  return { head: propertiesText(item.raw, names), ...(author === undefined ? {} : { author }) }
}

/** What the pages that a body refers to are called now; those out of sight keep the name they had. */
export function currentTitles({ tree }: Run, titles: Content['titles']): Content['titles'] {
  if (titles === undefined) return undefined
  return Object.fromEntries(Object.entries(titles).map(([id, title]) => [id, tree.find(id)?.title ?? title]))
}

/** The content of a page of which the store has the blocks already. */
export function renewed(run: Run, item: Item, held: Content): Content {
  const { author: _author, titles, home: _home, ...rest } = held
  const now = currentTitles(run, titles)
  return { ...rest, ...surroundings(run, item), ...(now ? { titles: now } : {}), ...homePart(run, item) }
}

export function newContent(
  run: Run,
  item: Item,
  read: {
    body: string
    titles: ReadonlyMap<string, string>
    sources: readonly string[]
    originals: Content['originals']
  },
): Content {
  const titles = currentTitles(run, Object.fromEntries(read.titles))
  return {
    version: contentVersion,
    body: read.body,
    ...surroundings(run, item),
    ...(titles && read.titles.size > 0 ? { titles } : {}),
    ...(read.sources.length > 0 ? { sources: [...read.sources] } : {}),
    ...(read.originals ? { originals: read.originals } : {}),
    ...homePart(run, item),
  }
}

/** @param raw the page, without `content` */
export function pageEntity(raw: JsonObject, content: Content, breadcrumbs: readonly Breadcrumb[]): Entity {
  const body = content.body.replace(referencePattern, (_match, id: string) => reference(id, content.titles?.[id] ?? ''))
  return {
    entityType: pageType,
    id: textAt(raw, 'id') ?? '',
    name: titleOf(raw),
    text: [content.head, body].filter(part => part !== '').join('\n\n'),
    url: textAt(raw, 'url'),
    author: content.author,
    breadcrumbs,
    createdAt: textAt(raw, 'created_time'),
    updatedAt: textAt(raw, 'last_edited_time'),
    raw: { ...raw, content },
  }
}

/** Kept only where the page stands in a block: who has the block is asked once. */
function homePart({ tree }: Run, item: Item): Pick<Content, 'home'> {
  const block = textAt(item.parent, 'block_id')
  const home = block === undefined ? undefined : tree.homeOf(block)
  return home === undefined ? {} : { home }
}
