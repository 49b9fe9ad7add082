/** Pages, databases, blocks and comments, and what people do with them. */
import type { JsonObject } from '../../core/plugin.ts'
import type { FakeBlock, FakeComment, FakeDatabase, FakePage, FakeSource, Parent } from './fake-notion-objects.ts'

export interface NewPage {
  title: string
  parent?: Parent
  properties?: JsonObject
  blocks?: FakeBlock[]
  created?: number
}

/** @param now milliseconds since 1970 */
export function createWorkspace(now: () => number) {
  const pages = new Map<string, FakePage>()
  const databases = new Map<string, FakeDatabase>()
  const sources = new Map<string, FakeSource>()
  const comments = new Map<string, FakeComment>()
  const users = new Map([
    ['user-ann', 'Ann'],
    ['user-ben', 'Ben'],
    ['user-bot', 'Inlet'],
  ])
  let numbers = 0

  return {
    ...{ pages, databases, sources, comments, users },
    ...{ page, findBlock, isTrashed, isVisible },
    newId,
    addPage(page: NewPage): string {
      const id = newId()
      const created = page.created ?? now()
      const { title, parent = 'workspace', properties = {}, blocks = [] } = page
      const state = { isTrashed: false, isShared: true, editor: 'user-ann' }
      pages.set(id, { id, title, parent, properties, blocks, created, edited: created, ...state })
      attach(parent, { id, type: 'child_page', content: { title }, children: [] }, created)
      return id
    },
    addDatabase(input: { title: string; parent?: Parent; sources?: { title: string; schema?: JsonObject }[] }) {
      const id = newId()
      const { title, parent = 'workspace' } = input
      const given = (input.sources ?? [{ title }]).map(source => ({
        schema: {},
        ...source,
        id: newId(),
        database: id,
        edited: now(),
      }))
      for (const source of given) sources.set(source.id, source)
      const state = { description: '', created: now(), edited: now(), isTrashed: false, isShared: true }
      databases.set(id, { id, title, parent, sources: given.map(source => source.id), ...state })
      attach(parent, { id, type: 'child_database', content: { title }, children: [] }, now())
      return { id, sources: given.map(source => source.id) }
    },
    block,
    edit(id: string, changes: Partial<Pick<FakePage, 'title' | 'properties' | 'blocks' | 'editor'>>): void {
      Object.assign(page(id), changes, { edited: now() })
      if (changes.title !== undefined) {
        for (const other of allBlocks()) if (other.block.id === id) other.block.content = { title: changes.title }
      }
    },
    move(id: string, parent: Parent): void {
      detach(id)
      Object.assign(page(id), { parent, edited: now() })
      attach(parent, { id, type: 'child_page', content: { title: page(id).title }, children: [] }, now())
    },
    renameDatabase(id: string, title: string): void {
      Object.assign(database(id), { title, edited: now() })
    },
    trash(id: string, isTrashed = true): void {
      const item = pages.get(id) ?? database(id)
      Object.assign(item, { isTrashed, edited: now() })
      if (isTrashed) detach(id)
    },
    /** It and everything below it is not shared any more: the parent's blocks show it no longer. */
    unshare(id: string, isShared = false): void {
      for (const item of [...pages.values(), ...databases.values()]) if (isBelow(item, id)) item.isShared = isShared
    },
    /** Takes it away for ever. */
    destroy(id: string): void {
      detach(id)
      pages.delete(id)
    },
    comment(on: string, words: string, by = 'user-ann'): string {
      const id = newId()
      comments.set(id, { id, on, text: words, by, created: now(), edited: now() })
      return id
    },
    isThere: (id: string) => isVisible(pages.get(id) ?? databases.get(id)),
  }

  function newId(): string {
    return `${(++numbers * 0x1f3d5b).toString(16).padStart(8, '0')}-0000-4000-8000-${String(numbers).padStart(12, '0')}`
  }

  function block(type: string, content: JsonObject = {}, inside: FakeBlock[] = []): FakeBlock {
    return { id: newId(), type, content, children: inside }
  }

  function page(id: string): FakePage {
    const found = pages.get(id)
    if (!found) throw new Error(`no page ${id}`)
    return found
  }

  function database(id: string): FakeDatabase {
    const found = databases.get(id)
    if (!found) throw new Error(`no database ${id}`)
    return found
  }

  function* allBlocks(): Generator<{ block: FakeBlock; siblings: FakeBlock[]; page: FakePage; container: Parent }> {
    for (const page of pages.values()) {
      const open = [{ siblings: page.blocks, container: { page: page.id } as Parent }]
      for (let at = open.pop(); at; at = open.pop()) {
        for (const block of at.siblings) {
          yield { block, page, ...at }
          open.push({ siblings: block.children, container: { block: block.id } })
        }
      }
    }
  }

  function findBlock(id: string) {
    for (const found of allBlocks()) if (found.block.id === id) return found
    return undefined
  }

  function attach(parent: Parent, child: FakeBlock, at: number): void {
    if (parent === 'workspace' || 'source' in parent) return
    const home = 'page' in parent ? page(parent.page) : findBlock(parent.block)?.page
    const siblings = 'page' in parent ? page(parent.page).blocks : findBlock(parent.block)?.block.children
    siblings?.push(child)
    if (home) home.edited = Math.max(home.edited, at)
  }

  function detach(id: string): void {
    for (const { siblings, block, page } of allBlocks()) {
      if (block.id !== id) continue
      siblings.splice(siblings.indexOf(block), 1)
      page.edited = now()
      return
    }
  }

  function above(item: FakePage | FakeDatabase): FakePage | FakeDatabase | undefined {
    const { parent } = item
    if (parent === 'workspace') return undefined
    if ('page' in parent) return pages.get(parent.page)
    if ('block' in parent) return findBlock(parent.block)?.page
    return databases.get(sources.get(parent.source)?.database ?? '')
  }

  function isBelow(item: FakePage | FakeDatabase | undefined, id: string): boolean {
    for (let at = item; at; at = above(at)) if (at.id === id) return true
    return false
  }

  function isTrashed(item: FakePage | FakeDatabase): boolean {
    for (let at: FakePage | FakeDatabase | undefined = item; at; at = above(at)) if (at.isTrashed) return true
    return false
  }

  function isVisible(item: FakePage | FakeDatabase | undefined): item is FakePage | FakeDatabase {
    return item?.isShared === true && !isTrashed(item)
  }
}
