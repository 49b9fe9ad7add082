/**
 * A disk in memory that forgets what a real one may forget in a power cut: content that was not fsynced, and new names
 * in a folder that was not fsynced.
 */
import { basename, dirname } from 'node:path'
import type { Files } from '../../core/vault/files.ts'
import { systemError } from './vault-folder.ts'

/**
 * - `all`: everything reached the disk.
 * - `names`: new names did, content that was not fsynced did not (the classic empty file after a rename).
 * - `least`: only what was fsynced did.
 */
export type Survival = 'all' | 'names' | 'least'

export interface MemoryFiles extends Files {
  /** Told before each operation; what it throws takes the operation's place. */
  before: (operation: string, path: string) => void
  /** The disk as the next start finds it. */
  afterPowerCut(survival: Survival): MemoryFiles
}

interface Content {
  written: Buffer
  synced: Buffer
}

export function memoryFiles(initial: ReadonlyMap<string, Content> = new Map()): MemoryFiles {
  const names = new Map(initial)
  const durable = new Map(initial)

  function contentOf(path: string): Content {
    const content = names.get(path)
    if (!content) throw systemError('ENOENT')
    return content
  }

  const disk: MemoryFiles = {
    before() {},
    afterPowerCut(survival) {
      const left = [...(survival === 'least' ? durable : names)].map(([path, { written, synced }]) => {
        const content = survival === 'all' ? written : synced
        return [path, { written: content, synced: content }] as const
      })
      return memoryFiles(new Map(left))
    },
    async makeFolder(path) {
      disk.before('makeFolder', path)
    },
    async list(path) {
      disk.before('list', path)
      return [...names.keys()].filter(name => dirname(name) === path).map(name => basename(name))
    },
    async read(path) {
      disk.before('read', path)
      return Buffer.from(contentOf(path).written)
    },
    async mode(path) {
      contentOf(path)
      return 0o600
    },
    async create(path) {
      disk.before('create', path)
      if (names.has(path)) throw systemError('EEXIST')
      const content = { written: Buffer.alloc(0), synced: Buffer.alloc(0) }
      names.set(path, content)
      return {
        async write(bytes) {
          disk.before('write', path)
          content.written = Buffer.from(bytes)
        },
        async sync() {
          disk.before('sync', path)
          content.synced = content.written
        },
        async close() {
          disk.before('close', path)
        },
      }
    },
    async rename(from, to) {
      disk.before('rename', from)
      names.set(to, contentOf(from))
      names.delete(from)
    },
    async remove(path) {
      disk.before('remove', path)
      contentOf(path)
      names.delete(path)
    },
    async syncFolder(folder) {
      disk.before('syncFolder', folder)
      for (const path of durable.keys()) if (dirname(path) === folder) durable.delete(path)
      for (const [path, content] of names) if (dirname(path) === folder) durable.set(path, content)
    },
  }
  return disk
}
