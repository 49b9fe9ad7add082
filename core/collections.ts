import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import { unknownCollection } from './connection-row.ts'
import { isFailure } from './errors.ts'
import { invalidAt } from './fields.ts'
import type { Collections, CollectionView, Connections, ConnectionView } from './inlet.ts'
import type { CollectionRow, JobRow, Store } from './store/store.ts'

/** Collections: the name under which connections are searched together. */
export function createCollections(options: {
  store: Store
  clock: Clock
  connections(): Connections
  /** Told before one is deleted. */
  deleting(readableId: string): Promise<void>
}): Collections {
  const { store, clock, connections } = options
  return {
    async create({ name, readableId }) {
      const trimmed = name.trim()
      if (trimmed.length === 0 || trimmed.length > 100) throw invalidAt('name', 'name must have 1 to 100 characters')
      const id = readableId ?? `${slug(trimmed)}-${randomBytes(3).toString('hex')}`
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) || id.length > 64) {
        throw invalidAt(
          'readable_id',
          'readable_id must be lower-case letters, digits and single dashes, at most 64 characters',
        )
      }
      const now = new Date(clock.now()).toISOString()
      const row: CollectionRow = { id: randomUUID(), readableId: id, name: trimmed, createdAt: now, modifiedAt: now }
      await store.insertCollection(row)
      return toView(row)
    },

    get: async readableId => toView(await existing(readableId)),

    list: async page => Promise.all((await store.collections(page)).map(toView)),

    async update(readableId, { name }) {
      await existing(readableId)
      if (name !== undefined) {
        const trimmed = name.trim()
        if (trimmed.length === 0 || trimmed.length > 100) throw invalidAt('name', 'name must have 1 to 100 characters')
        await store.updateCollection(readableId, { name: trimmed, modifiedAt: new Date(clock.now()).toISOString() })
      }
      return toView(await existing(readableId))
    },

    async delete(readableId, { deleteData }) {
      const last = await toView(await existing(readableId))
      for (const { id } of await members(readableId)) await connections().delete(id, { deleteData })
      await options.deleting(readableId)
      await store.deleteCollection(readableId, deleteData)
      return last
    },

    async refreshAll(readableId) {
      await existing(readableId)
      const jobs: JobRow[] = []
      for (const { id, status } of await members(readableId)) {
        if (status === 'in_progress' || status === 'pending_auth') continue
        try {
          jobs.push(await connections().run(id))
        } catch (error) {
          // One that cannot run says so itself; it must not keep the others from running.
          if (!isFailure(error)) throw error
        }
      }
      return jobs
    },
  }

  async function existing(readableId: string): Promise<CollectionRow> {
    const row = await store.collection(readableId)
    if (!row) throw unknownCollection(readableId)
    return row
  }

  async function members(collection: string): Promise<ConnectionView[]> {
    const all: ConnectionView[] = []
    for (let page: ConnectionView[]; ; ) {
      page = await connections().list({ collection, skip: all.length, limit: 1000 })
      all.push(...page)
      if (page.length < 1000) return all
    }
  }

  async function toView(row: CollectionRow): Promise<CollectionView> {
    return { ...row, status: statusOf(await store.connectionStates(row.readableId)) }
  }
}

function statusOf({ usable, broken }: { usable: number; broken: number }): CollectionView['status'] {
  if (usable === 0) return 'NEEDS SOURCE'
  if (broken === 0) return 'ACTIVE'
  return broken === usable ? 'ERROR' : 'PARTIAL ERROR'
}

function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, 40).replace(/-+$/, '') || 'collection'
}
