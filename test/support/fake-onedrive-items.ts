/** What is in a fake OneDrive, what is done to it, and the log that tells of it. */
import { createHash } from 'node:crypto'

export interface FakeItem {
  id: string
  name: string
  /** Null for the root alone. */
  parent: string | null
  kind: 'file' | 'folder' | 'notebook' | 'shortcut'
  content: string
  mimeType: string
  modified: number
  /** Position in the log. */
  changed: number
  /** In the recycle bin, or below what is in there. */
  isDeleted: boolean
  /** With which item it went there. */
  deletedWith?: string | undefined
  /** Its path when it was last changed: Graph does not follow the folders above. */
  stalePath: string
  /** Members that the answer has besides, or instead. */
  more?: Record<string, unknown>
}

export interface FakeItems {
  rootId: string
  driveId: string
  items: Map<string, FakeItem>
  /** Whether deleting or restoring a folder tells of all below it, as OneDrive for work does, or of the folder alone. */
  tellsAll: boolean
  add(item: Partial<FakeItem> & { name: string }): string
  folder(name: string, parent?: string): string
  change(id: string, changes: Partial<FakeItem>): void
  /** Into the recycle bin, with all below. */
  delete(id: string): void
  /** Out of the recycle bin, with all below. */
  restore(id: string): void
  /** Every file that can be seen: its path, what it says, and its link. */
  truth(): Map<string, { path: string; content: string; url: string }>
  /** The address that an item comes with, where its bytes lie; items come without where there is none. */
  addressOf: ((item: FakeItem) => string) | undefined
  /** The last position of the log. */
  end(): number
  /** Items changed after a position, each once, in the order of their last change. */
  changedAfter(position: number): FakeItem[]
  /** The item as the API tells of it; download link, eTag and view time are new at each read. */
  resource(item: FakeItem): Record<string, unknown>
}

/** @param rootId decides where in a listing the root comes: listings are in the order of ids */
export function createFakeItems(rootId = '01-ROOT'): FakeItems {
  let counter = 0
  let position = 0
  const measured = new WeakMap<FakeItem, { content: string; size: number; hash: string }>()
  const driveId = 'b!t18F8ybsHUq1z3LTz8xvZqP8zaSWjkFNhsME'

  const fake: FakeItems = {
    rootId,
    driveId,
    items: new Map(),
    tellsAll: false,
    addressOf: undefined,
    add(item) {
      const id = item.id ?? newId('item')
      const basics = { kind: 'file', parent: rootId, content: '', mimeType: 'text/plain' } as const
      const state = { modified: ++counter, changed: ++position, isDeleted: false, stalePath: '' }
      fake.items.set(id, { ...basics, ...state, ...item, id })
      touch(existing(id))
      return id
    },
    folder: (name, parent = rootId) => fake.add({ name, kind: 'folder', parent }),
    change(id, changes) {
      const item = existing(id)
      Object.assign(item, changes)
      if (changes.content !== undefined) item.modified = ++counter
      touch(item)
    },
    delete(id) {
      for (const item of below(existing(id))) if (!item.isDeleted) bin(item, id, { isDeleted: true, deletedWith: id })
    },
    restore(id) {
      for (const item of below(existing(id)))
        if (item.deletedWith === id) bin(item, id, { isDeleted: false, deletedWith: undefined })
    },
    truth() {
      const found = new Map<string, { path: string; content: string; url: string }>()
      for (const item of fake.items.values()) {
        if (item.isDeleted || item.kind === 'folder') continue
        const isRead = item.kind === 'file' && item.mimeType.startsWith('text/') && !item.more?.malware
        found.set(item.id, { path: pathOf(item), content: isRead ? item.content : '', url: urlOf(item) })
      }
      return found
    },
    end: () => position,
    changedAfter: after =>
      [...fake.items.values()].filter(({ changed }) => changed > after).sort((a, b) => a.changed - b.changed),
    resource,
  }
  fake.items.set(rootId, {
    ...{ id: rootId, name: 'root', parent: null, kind: 'folder', content: '', mimeType: '' },
    ...{ modified: 0, changed: 0, isDeleted: false, stalePath: '' },
  })
  return fake

  function touch(item: FakeItem): void {
    item.changed = ++position
    item.stalePath = `/drives/${driveId}/root:${pathOf(item).split('/').slice(0, -1).join('/')}`
  }

  function bin(item: FakeItem, first: string, changes: Pick<FakeItem, 'isDeleted' | 'deletedWith'>): void {
    Object.assign(item, changes)
    if (item.id === first || fake.tellsAll) touch(item)
  }

  function below(item: FakeItem): FakeItem[] {
    const children = [...fake.items.values()].filter(({ parent }) => parent === item.id)
    return [item, ...children.flatMap(below)]
  }

  function resource(item: FakeItem): Record<string, unknown> {
    const { id, name, kind } = item
    const parent = item.parent === null ? {} : { id: item.parent, path: item.stalePath }
    const parentReference = { driveId, driveType: 'business', ...parent }
    if (item.isDeleted) return { id, size: 0, deleted: { state: 'deleted' }, parentReference }
    const { size, hash } = measure(item)
    const user = { user: { id: 'efee1b77-fb3b-4f65-99d6-274c11914d12', displayName: 'Ann', email: 'ann@example.com' } }
    const children = [...fake.items.values()].filter(child => child.parent === id && !child.isDeleted)
    const facets = {
      file: {
        ...(fake.addressOf ? { '@microsoft.graph.downloadUrl': fake.addressOf(item) } : {}),
        file: { mimeType: item.mimeType, hashes: { quickXorHash: hash } },
      },
      folder: { folder: { childCount: children.length } },
      notebook: { package: { type: 'oneNote' } },
      shortcut: { remoteItem: { id: `remote-${id}`, name, folder: {}, parentReference: { driveId: 'other-drive' } } },
    }
    return {
      createdBy: user,
      createdDateTime: '2025-12-01T00:00:00Z',
      cTag: `"c:{${id}},${counter}"`,
      eTag: `"{${id}},${++counter}"`,
      id,
      lastModifiedBy: user,
      lastModifiedDateTime: time(item.modified),
      name,
      parentReference,
      size,
      webUrl: urlOf(item),
      fileSystemInfo: {
        createdDateTime: '2025-12-01T00:00:00Z',
        lastModifiedDateTime: time(item.modified),
        lastAccessedDateTime: time(++counter),
      },
      ...(item.parent === null ? { root: {} } : {}),
      ...facets[kind],
      ...item.more,
    }
  }

  /** Once for each content: a listing tells of all the files, and there may be a large one. */
  function measure(item: FakeItem): { size: number; hash: string } {
    const { content } = item
    const known = measured.get(item)
    if (known?.content === content) return known
    const found = { content, size: Buffer.byteLength(content), hash: digest(`x${content}`) }
    measured.set(item, found)
    return found
  }

  function urlOf(item: FakeItem): string {
    return `https://example-my.sharepoint.com/personal/ann/Documents/${encodeURI(pathOf(item))}`
  }

  function pathOf({ name, parent }: FakeItem): string {
    return parent === null || parent === rootId ? name : `${pathOf(existing(parent))}/${name}`
  }

  function existing(id: string): FakeItem {
    const item = fake.items.get(id)
    if (!item) throw new Error(`the fake has no item ${id}`)
    return item
  }

  /** Ids in no order that means anything: a child may well come before its folder. */
  function newId(kind: string): string {
    return `01A${digest(`${kind}${counter++}`).slice(0, 12).toUpperCase()}`
  }
}

function time(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
