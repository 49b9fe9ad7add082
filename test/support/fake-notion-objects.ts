/** A workspace's contents, and how Notion's API shows them; the shapes are those of its official SDK. */
import type {
  BlockObjectResponse,
  CommentObjectResponse,
  DatabaseObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
  RichTextItemResponse,
} from '@notionhq/client'
import type { JsonObject } from '../../core/plugin.ts'

export type Parent = { page: string } | { block: string } | { source: string } | 'workspace'

export interface FakePage {
  id: string
  title: string
  parent: Parent
  /** Properties but for the title, as the API gives them. */
  properties: JsonObject
  blocks: FakeBlock[]
  created: number
  edited: number
  isTrashed: boolean
  isShared: boolean
  editor: string
}

export interface FakeBlock {
  id: string
  type: string
  content: JsonObject
  children: FakeBlock[]
  /** When it was edited itself; absent, whenever its page was. */
  edited?: number
}

export interface FakeDatabase {
  id: string
  title: string
  description: string
  parent: Parent
  sources: string[]
  created: number
  edited: number
  isTrashed: boolean
  isShared: boolean
}

export interface FakeSource {
  id: string
  title: string
  database: string
  schema: JsonObject
  edited: number
}

export interface FakeComment {
  id: string
  on: string
  text: string
  by: string
  created: number
  edited: number
}

/** What answers differ in at each read, as a counter. */
export type Reads = () => number

export function text(content: string, more: Partial<RichTextItemResponse> = {}): RichTextItemResponse {
  const annotations = {
    ...{ bold: false, italic: false, strikethrough: false, underline: false, code: false },
    color: 'default' as const,
  }
  const plain = { type: 'text' as const, text: { content, link: null }, plain_text: content, href: null }
  return { ...plain, annotations, ...more } as RichTextItemResponse
}

export function pageObject(page: FakePage, isTrashed: boolean, databaseOf: (source: string) => string, reads: Reads) {
  const title = { id: 'title', type: 'title', title: page.title === '' ? [] : [text(page.title)] }
  return {
    object: 'page',
    id: page.id,
    ...times(page),
    created_by: { object: 'user', id: page.editor },
    last_edited_by: { object: 'user', id: page.editor },
    cover: { type: 'external', external: { url: 'https://images.example/cover.png' } },
    icon: { type: 'file', file: { url: `https://files.example/icon.png?read=${reads()}`, expiry_time: expiry(reads) } },
    parent: parentObject(page.parent, databaseOf),
    in_trash: isTrashed,
    archived: isTrashed,
    is_archived: false,
    is_locked: false,
    properties: withAddresses(
      { Name: title, ...page.properties },
      reads,
    ) as unknown as PageObjectResponse['properties'],
    url: `https://www.notion.so/${page.id.replaceAll('-', '')}`,
    public_url: null,
  } satisfies PageObjectResponse
}

export function databaseObject(database: FakeDatabase, isTrashed: boolean, sources: readonly FakeSource[]) {
  return {
    object: 'database',
    id: database.id,
    title: [text(database.title)],
    description: database.description === '' ? [] : [text(database.description)],
    parent: parentObject(database.parent, () => '') as DatabaseObjectResponse['parent'],
    is_inline: false,
    in_trash: isTrashed,
    archived: isTrashed,
    is_locked: false,
    ...times(database),
    data_sources: sources.map(({ id, title }) => ({ id, name: title })),
    icon: null,
    cover: null,
    url: `https://www.notion.so/${database.id.replaceAll('-', '')}`,
    public_url: null,
  } satisfies DatabaseObjectResponse
}

export function sourceObject(source: FakeSource, database: FakeDatabase, editor: string) {
  return {
    object: 'data_source',
    id: source.id,
    title: [text(source.title)],
    description: [],
    parent: { type: 'database_id', database_id: database.id },
    database_parent: parentObject(database.parent, () => '') as DataSourceObjectResponse['database_parent'],
    is_inline: false,
    in_trash: false,
    archived: false,
    ...times({ created: database.created, edited: source.edited }),
    created_by: { object: 'user', id: editor },
    last_edited_by: { object: 'user', id: editor },
    properties: source.schema as unknown as DataSourceObjectResponse['properties'],
    icon: null,
    cover: null,
    url: `https://www.notion.so/${source.id.replaceAll('-', '')}`,
    public_url: null,
  } satisfies DataSourceObjectResponse
}

export function blockObject(block: FakeBlock, page: FakePage, container: Parent, reads: Reads): BlockObjectResponse {
  return {
    object: 'block',
    id: block.id,
    type: block.type,
    parent: parentObject(container, () => ''),
    ...times({ created: page.created, edited: block.edited ?? page.edited }),
    created_by: { object: 'user', id: page.editor },
    last_edited_by: { object: 'user', id: page.editor },
    has_children: block.children.length > 0 || block.content.synced_from != null,
    in_trash: false,
    archived: false,
    [block.type]: withAddresses(block.content, reads),
  } as unknown as BlockObjectResponse
}

export function commentObject(comment: FakeComment, parent: { page: string }) {
  return {
    object: 'comment',
    id: comment.id,
    parent: { type: 'page_id', page_id: parent.page },
    discussion_id: comment.id,
    ...times(comment),
    created_by: { object: 'user', id: comment.by },
    rich_text: [text(comment.text)],
    display_name: { type: 'user', resolved_name: null },
  } satisfies CommentObjectResponse
}

/** Notion rounds times down to the minute. */
function times({ created, edited }: { created: number; edited: number }) {
  const minute = (ms: number) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString()
  return { created_time: minute(created), last_edited_time: minute(edited) }
}

function parentObject(parent: Parent, databaseOf: (source: string) => string) {
  if (parent === 'workspace') return { type: 'workspace' as const, workspace: true as const }
  if ('page' in parent) return { type: 'page_id' as const, page_id: parent.page }
  if ('block' in parent) return { type: 'block_id' as const, block_id: parent.block }
  return {
    type: 'data_source_id' as const,
    data_source_id: parent.source,
    database_id: databaseOf(parent.source),
  }
}

/** Files that Notion keeps have another address at each read. */
function withAddresses(value: JsonObject, reads: Reads): JsonObject {
  const copy = structuredClone(value)
  sign(copy)
  return copy

  function sign(part: unknown): void {
    if (typeof part !== 'object' || part === null) return
    const { file } = part as { file?: unknown }
    if (typeof file === 'object' && file !== null && 'url' in file && 'type' in part && part.type === 'file') {
      Object.assign(file, { url: `${String(file.url)}?signature=${reads()}`, expiry_time: expiry(reads) })
    }
    for (const inner of Object.values(part)) sign(inner)
  }
}

function expiry(reads: Reads): string {
  return new Date(Date.UTC(2030, 0, 1) + reads() * 1000).toISOString()
}
