/** What Notion has, as far as a run has seen it: pages and databases with where they are. */
import {
  type Breadcrumb,
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type Known,
  listAt,
  objectAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { plainText } from './rich-text.ts'
import { stable } from './stable.ts'

export const pageType = 'notion_page'
export const databaseType = 'notion_database'
export const commentType = 'notion_comment'
export const fileType = 'notion_file'

export type Kind = 'page' | 'database'

export interface Item {
  kind: Kind
  id: string
  title: string
  /** `last_edited_time`, which Notion rounds down to the minute. */
  edited: string
  parent: JsonObject
  url: string | undefined
  isTrashed: boolean
  /** The object, without what differs at each read. */
  raw: JsonObject
  /** Its properties that hold files, with their addresses of now. */
  files: JsonObject[]
  /** What the store has of it; `undefined` while nobody has looked, null for nothing. */
  held: Held | null | undefined
  /** What this run has done with it. */
  fate: 'gone' | 'kept' | 'read' | 'failed' | undefined
  /** The breadcrumbs that this run has yielded it with. */
  shown: readonly Breadcrumb[] | undefined
}

/** What of a stored entity decides whether it is still right. */
export interface Held {
  breadcrumbs: readonly Breadcrumb[]
  edited: string
  /** Whether the object itself, as Notion gives it now, is the same. */
  isSame: boolean
  content: Omit<Content, 'body'>
}

/**
 * What an entity's text is made of, kept in its `raw` so that a new name, place or property needs no reading of blocks.
 */
export type Content = {
  /** The way of writing that made it: another one reads the page anew. */
  version: number
  author?: string
  /** The properties as Markdown. */
  head: string
  /** The blocks as Markdown; references to pages stand in it by id. */
  body: string
  /** The titles of those pages. */
  titles?: { [id: string]: string }
  /**
   * When the page was edited that the body is of, where it could not be read since: it is tried again in every run.
   */
  bodyEdited?: string
  /** The page that has the block which has this one. */
  home?: string
  /** Blocks of other pages that are shown here too. */
  sources?: string[]
  /** The pages that have those blocks and when they were edited, where not every page is asked for. */
  originals?: { [page: string]: string }
}

/** As `bodyEdited`: the body is what could be read of a page that was never read whole. */
export const neverWhole = ''

export const contentVersion = 1

export function entityTypeOf(kind: Kind): string {
  return kind === 'page' ? pageType : databaseType
}

export function toCrumb({ kind, id, title }: Item): Breadcrumb {
  return { entityId: id, name: title, entityType: entityTypeOf(kind) }
}

/** A page as search, a query or itself gives it; `undefined` for one that shows nothing but its id. */
export function toPage(object: JsonObject): Item | undefined {
  const id = textAt(object, 'id')
  const parent = objectAt(object, 'parent')
  if (!id || !parent || !objectAt(object, 'properties')) return undefined
  const raw = trimPage(object)
  const files = Object.values(objectAt(object, 'properties') ?? {}).filter(
    value => isJsonObject(value) && value.type === 'files',
  )
  return {
    ...{ kind: 'page', id, title: titleOf(raw), ...common(object, parent), raw },
    ...untouched,
    files: files.filter(isJsonObject),
  }
}

export function titleOf(page: JsonObject): string {
  const title = Object.values(objectAt(page, 'properties') ?? {}).find(
    value => isJsonObject(value) && value.type === 'title',
  )
  return named(isJsonObject(title) ? plainText(listAt(title, 'title')) : '')
}

/**
 * A database with its data sources.
 * @param database as itself, or as far as its data sources tell
 */
export function toDatabase(database: JsonObject, sources: readonly JsonObject[]): Item | undefined {
  const id = textAt(database, 'id')
  if (!id) return undefined
  const title = named(plainText(listAt(database, 'title')))
  const raw = stable({ ...pick(database, databaseMembers), data_sources: sources.map(trimSource) })
  const times = [database, ...sources].map(object => textAt(object, 'last_edited_time') ?? '').sort()
  const facts = { ...common(database, objectAt(database, 'parent') ?? {}), edited: times.at(-1) ?? '' }
  return { kind: 'database', id, title, ...facts, raw, ...untouched }
}

/** A database as the store has it, for a run that cannot read it. */
export function fromKnown({ raw = {} }: Known): Item | undefined {
  return toDatabase(raw, listAt(raw, 'data_sources'))
}

export function toHeld(known: Known, item: Item): Held {
  const { content, ...raw } = known.raw ?? {}
  const { body: _body, ...rest } = readContent(content)
  const isSame = canonicalJson(raw) === canonicalJson(item.raw)
  return { breadcrumbs: known.breadcrumbs, edited: textAt(raw, 'last_edited_time') ?? '', isSame, content: rest }
}

/** What the store's `raw` says of the text; version 0 for one that has none. */
export function readContent(value: unknown): Content {
  return isJsonObject(value) && typeof value.version === 'number' && typeof value.body === 'string'
    ? (value as Content)
    : { version: 0, head: '', body: '' }
}

export function sameCrumbs(a: readonly Breadcrumb[], b: readonly Breadcrumb[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ entityId, name }, index) => entityId === b[index]?.entityId && name === b[index]?.name)
  )
}

const untouched = { files: [], held: undefined, fate: undefined, shown: undefined }

const objectMembers = [
  ...['object', 'id', 'created_time', 'last_edited_time', 'created_by', 'last_edited_by', 'parent'],
  ...['is_locked', 'icon', 'cover', 'url', 'public_url'],
]
const databaseMembers = [...objectMembers, 'title', 'description', 'is_inline']

function common(object: JsonObject, parent: JsonObject) {
  return {
    edited: textAt(object, 'last_edited_time') ?? '',
    parent,
    url: textAt(object, 'url'),
    isTrashed: object.in_trash === true || object.archived === true,
  }
}

function trimPage(object: JsonObject): JsonObject {
  const properties = Object.entries(objectAt(object, 'properties') ?? {}).filter(
    ([, value]) => isJsonObject(value) && value.type !== 'last_visited_time' && value.type !== 'button',
  )
  return stable({ ...trimPeople(pick(object, objectMembers)), properties: Object.fromEntries(properties) })
}

function trimSource(source: JsonObject): JsonObject {
  return trimPeople(pick(source, [...databaseMembers, 'name', 'database_parent', 'properties']))
}

/** Some answers tell more of a person than others. */
function trimPeople(object: JsonObject): JsonObject {
  const people = ['created_by', 'last_edited_by'].flatMap(name => {
    const id = textAt(objectAt(object, name), 'id')
    return id ? [[name, { object: 'user', id }] as const] : []
  })
  return { ...object, ...Object.fromEntries(people) }
}

function named(title: string): string {
  return title.replace(/\s+/g, ' ').trim() || 'Untitled'
}
