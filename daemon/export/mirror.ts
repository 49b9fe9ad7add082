/**
 * Entities as a folder of Markdown files, brought up to date a page at a time. Each page is planned first, the plan is
 * put on the disk, and only then files change: after a crash the page comes again, and what the plan had written is
 * known as the mirror's own. A file that differs from what was written is somebody else's: it stays, and the mirror
 * takes another name beside it.
 */
import { mapInOrder } from '../../core/parallel.ts'
import type { EntityBody } from '../schemas/entity.ts'
import { type Disk, hashOf } from './disk.ts'
import { fileNameOf, foldedPath, foldersOf, shortHash } from './file-names.ts'
import type { Entry, Ledger, WrittenFile } from './ledger.ts'
import { markdownFile } from './markdown-file.ts'

export interface MirrorCounts {
  written: number
  unchanged: number
  removed: number
  /** Files that somebody else has changed, and that stay as they are. */
  kept: number
}

export interface MirrorOptions {
  disk: Disk
  ledger: Ledger
  includeRaw: boolean
  /** Told of each file that stays although it is in the way. */
  onKept(path: string): void
}

/** Where the entities of one collection go. */
export interface Place {
  /** What its entities' keys in the ledger begin with. */
  key: string
  /** The folders that an entity's connection is in, from the mirror's root. */
  folderOf(entity: EntityBody): readonly string[]
  /** The connection's name, where there is still one. */
  connectionOf(entity: EntityBody): string | undefined
}

export interface Mirror {
  readonly counts: MirrorCounts
  /** Brings files up to date with entities in the order of the feed; resolves when they are on the disk. */
  apply(entities: readonly EntityBody[], place: Place): Promise<void>
  /** Removes the files of all entries whose keys begin so and that `isGone`. */
  sweep(prefix: string, isGone: (entry: Entry) => boolean): Promise<void>
}

interface Step {
  entity?: EntityBody
  /** What must be gone first: where the file was before, or the file itself. */
  remove: readonly WrittenFile[]
  /** `replaces`: a file of the mirror's own is there. */
  write?: { file: WrittenFile; content: Buffer; replaces: boolean }
}

const writesAtOnce = 16
const sweptAtOnce = 1000

export function createMirror({ disk, ledger, includeRaw, onKept }: MirrorOptions): Mirror {
  const counts: MirrorCounts = { written: 0, unchanged: 0, removed: 0, kept: 0 }

  return {
    counts,
    async apply(entities, place) {
      let left = entities
      while (left.length > 0) {
        const page = beginPage()
        for (const entity of left) {
          const key = place.key + entity.id
          if (entity.change === 'deleted') page.drop(ledger.entry(key))
          else page.take(entity, key, place)
        }
        // Where somebody was faster, another name is looked for.
        left = await page.carryOut()
      }
    },
    async sweep(prefix, isGone) {
      let page = beginPage()
      for (const entry of ledger.entries(prefix)) {
        if (!isGone(entry)) continue
        page.drop(entry)
        if (page.size < sweptAtOnce) continue
        await page.carryOut()
        page = beginPage()
      }
      await page.carryOut()
    },
  }

  function beginPage() {
    const steps: Step[] = []
    /** Paths that will be free when the page is carried out, folded. */
    const leaving = new Set<string>()
    const folders = new Map<string, string>()
    const newFolders = new Set<string>()

    return {
      get size() {
        return steps.length
      },
      drop(entry: Entry | undefined) {
        if (!entry) return
        leave(entry.key, filesOf(entry))
        steps.push({ remove: filesOf(entry) })
        ledger.drop(entry.key)
      },
      take(entity: EntityBody, key: string, place: Place) {
        const options = { connection: place.connectionOf(entity), includeRaw }
        const content = Buffer.from(markdownFile(entity, options))
        const entry = ledger.entry(key)
        const names = [...place.folderOf(entity), ...foldersOf(entity.breadcrumbs.map(({ name }) => name))]
        const path = pathFor(names.reduce(folderIn, ''), entity, key, entry)
        const file = { path, size: content.length, hash: hashOf(content) }
        const old = entry ? filesOf(entry) : []
        if (entry?.file.path === path && entry.file.hash === file.hash && disk.stateOf(file) === 'ours') {
          counts.unchanged++
          return
        }
        const elsewhere = old.filter(before => before.path !== path)
        leave(key, elsewhere)
        const was = old.find(isOurs)
        ledger.put({ key, file, was })
        const replaces = was?.path === path && !leaving.has(foldedPath(path))
        steps.push({ entity, remove: elsewhere, write: { file, content, replaces } })
      },
      /** @returns what could not be written, because somebody put something in its place meanwhile */
      async carryOut(): Promise<EntityBody[]> {
        ledger.flush()
        const left = new Set<string>()
        for (const { remove, write } of steps) {
          for (const file of remove) {
            const state = disk.remove(file)
            if (state === 'foreign' && !ledger.holder(file.path)) keep(file.path)
            if (state === 'foreign' || state === 'nothing') continue
            left.add(parentOf(file.path))
            if (!write) counts.removed++
          }
        }
        for (const folder of newFolders) await disk.makeFolder(folder)
        const late: EntityBody[] = []
        for await (const { entity, isDone } of mapInOrder(steps, writesAtOnce, carryOutStep)) {
          if (entity && !isDone) late.push(entity)
        }
        for (const folder of left) removeEmpty(folder)
        ledger.flush()
        return late
      },
    }

    function leave(key: string, files: readonly WrittenFile[]): void {
      for (const file of files) if (isOurs(file) && isHeldBy(file.path, key)) leaving.add(foldedPath(file.path))
    }

    /** The name that it has already, if it is one that it may have; else the first one that is free. */
    function pathFor(folder: string, entity: EntityBody, key: string, entry: Entry | undefined): string {
      const start = `${folder}/${fileNameOf(entity.name)}`
      const { id } = entity
      const candidates = ['', ` (${id.slice(0, 8)})`, ` (${id})`].map(end => `${start}${end}.md`)
      const own = candidates.find(path => path === entry?.file.path)
      if (entry && own !== undefined && isHeldBy(own, key)) {
        if (disk.at(own) === 'nothing' || filesOf(entry).some(file => file.path === own && isOurs(file))) return own
      }
      for (let number = 2; ; number++) {
        const free = candidates.find(path => isHeldBy(path, key) && isFree(path))
        if (free !== undefined) return free
        candidates.push(`${start} (${id} ${number}).md`)
      }
    }

    function isFree(path: string): boolean {
      return disk.at(path) === 'nothing' || leaving.has(foldedPath(path))
    }

    function folderIn(parent: string, name: string): string {
      const wanted = parent === '' ? name : `${parent}/${name}`
      const known = folders.get(wanted)
      if (known !== undefined) return known
      for (let number = 1; ; number++) {
        const path = number === 1 ? wanted : `${wanted} (${shortHash(`${wanted} ${number}`)})`
        const holder = ledger.holder(path)
        if (holder && 'entry' in holder) continue
        const spelled = holder?.folder ?? path
        const isThere = disk.at(spelled) === 'folder'
        // A file of somebody's, or a link, wherever that leads.
        if (!isThere && !isFree(spelled)) continue
        if (!isThere) newFolders.add(spelled)
        // One that was there already is not removed when it is empty.
        if (!isThere && !holder) ledger.addFolder(spelled)
        folders.set(wanted, spelled)
        return spelled
      }
    }
  }

  /** Whether no other entity, and no folder, has this path. */
  function isHeldBy(path: string, key: string): boolean {
    const holder = ledger.holder(path)
    return holder === undefined || ('entry' in holder && holder.entry.key === key)
  }

  function isOurs(file: WrittenFile): boolean {
    return ['ours', 'emptied'].includes(disk.stateOf(file))
  }

  async function carryOutStep({ entity, write }: Step) {
    if (!write) return { entity, isDone: true }
    const { file, content, replaces } = write
    if (replaces) await disk.replace(file.path, content)
    const isDone = replaces || (await disk.create(file.path, content))
    if (isDone) counts.written++
    return { entity, isDone }
  }

  function keep(path: string): void {
    counts.kept++
    onKept(path)
  }

  /** Of the folders that the mirror has made, from the inside out. */
  function removeEmpty(folder: string): void {
    for (let path = folder; path !== ''; path = parentOf(path)) {
      const holder = ledger.holder(path)
      if (!holder || !('folder' in holder) || !disk.removeFolder(path)) return
      ledger.dropFolder(path)
    }
  }
}

function filesOf({ file, was }: Entry): WrittenFile[] {
  return was ? [file, was] : [file]
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}
