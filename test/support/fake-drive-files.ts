/** What is in a fake Google Drive, what is done to it, and the change logs that tell of it. */
import { createHash } from 'node:crypto'

export const folderType = 'application/vnd.google-apps.folder'

const withoutSize = new Set([folderType, 'application/vnd.google-apps.shortcut'])

export interface FakeDriveFile {
  id: string
  name: string
  mimeType: string
  parents: string[]
  driveId?: string
  /** Put into the trash itself; what lies below a trashed folder is in it too. */
  isTrashed?: boolean
  /** No longer shared with this person. */
  isHidden?: boolean
  /** Opened by this person, and so shown among all the files of the person too. */
  isOpened?: boolean
  /** Bytes, or for Google's own formats what an export gives. */
  content: string
  modified: number
  more?: Record<string, unknown>
}

export interface FakeDriveFiles {
  rootId: string
  files: Map<string, FakeDriveFile>
  /** Names of shared drives by id. */
  drives: Map<string, string>
  add(file: Partial<FakeDriveFile> & { name: string }): string
  folder(name: string, parent?: string): string
  change(id: string, changes: Partial<FakeDriveFile>): void
  /** Deletes for good, with all below. */
  delete(id: string): void
  addDrive(name: string): string
  /** Every file that can be seen, its path and what it says. */
  truth(): Map<string, { path: string; content: string }>
  /** The last position of all logs. */
  end(): number
  /** Ids of what changed after a position in the log of a shared drive, or of the person (`me`), each once. */
  changedAfter(drive: string, position: number): [fileId: string, position: number][]
  isVisible(file: FakeDriveFile | undefined): file is FakeDriveFile
  isTrashed(file: FakeDriveFile): boolean
  /** The file as the API tells of it. */
  resource(file: FakeDriveFile): Record<string, unknown>
}

export function createFakeDriveFiles(): FakeDriveFiles {
  let counter = 0
  let clock = Date.UTC(2026, 0, 1)
  const logs = new Map<string, { position: number; fileId: string }[]>()
  const rootId = newId('root')

  const fake: FakeDriveFiles = {
    rootId,
    files: new Map(),
    drives: new Map(),
    add(file) {
      const id = file.id ?? newId('f')
      const parents = file.parents ?? [rootId]
      const driveId = driveOf(parents[0])
      const basics = { mimeType: 'text/plain', content: '', modified: 0, ...(driveId ? { driveId } : {}) }
      fake.files.set(id, { ...basics, ...file, id, parents, modified: tick() })
      log(id)
      return id
    },
    folder: (name, parent = rootId) => fake.add({ name, mimeType: folderType, parents: [parent] }),
    change(id, changes) {
      const file = existing(id)
      const before = file.driveId
      // A file that moves shows in the log that it leaves and in the one that it enters.
      log(id)
      Object.assign(file, changes)
      if (changes.name !== undefined || changes.content !== undefined) file.modified = tick()
      if (changes.parents) settle(file, driveOf(file.parents[0]))
      if (file.driveId !== before) logs.get(before ?? 'me')?.push({ position: ++counter, fileId: id })
      log(id)
    },
    delete(id) {
      log(id)
      remove(id)
    },
    addDrive(name) {
      const id = newId('d')
      fake.drives.set(id, name)
      return id
    },
    truth() {
      const found = new Map<string, { path: string; content: string }>()
      for (const file of fake.files.values()) {
        if (file.mimeType === folderType || !isVisible(file) || isTrashed(file)) continue
        found.set(file.id, { path: pathOf(file), content: file.content })
      }
      return found
    },
    end: () => counter,
    changedAfter(drive, position) {
      const latest = new Map<string, number>()
      for (const entry of logs.get(drive) ?? []) {
        latest.delete(entry.fileId)
        latest.set(entry.fileId, entry.position)
      }
      return [...latest].filter(([, at]) => at > position).sort((a, b) => a[1] - b[1])
    },
    isVisible,
    isTrashed,
    resource,
  }
  fake.files.set(rootId, { id: rootId, name: 'My Drive', mimeType: folderType, parents: [], content: '', modified: 0 })
  return fake

  function resource(file: FakeDriveFile): Record<string, unknown> {
    const native = file.mimeType.startsWith('application/vnd.google-apps.')
    const parents = file.parents.filter(id => fake.drives.has(id) || isVisible(fake.files.get(id)))
    const time = new Date(file.modified).toISOString()
    return {
      kind: 'drive#file',
      id: file.id,
      name: file.name,
      mimeType: file.mimeType,
      ...(parents.length > 0 ? { parents: counter % 2 ? parents : parents.toReversed() } : {}),
      ...(file.driveId
        ? { driveId: file.driveId }
        : { owners: [{ displayName: 'Ann', emailAddress: 'ann@example.com', me: true }] }),
      trashed: isTrashed(file),
      createdTime: '2025-12-01T00:00:00.000Z',
      modifiedTime: time,
      // Both are new at each read.
      viewedByMeTime: new Date(tick()).toISOString(),
      thumbnailLink: `https://thumbnails.example/${counter++}`,
      ...(native ? {} : { size: String(Buffer.byteLength(file.content)), md5Checksum: hash(file.content) }),
      // What Google keeps of its own documents, whatever comes of them in an export.
      ...(native && !withoutSize.has(file.mimeType) && { size: '1024' }),
      webViewLink: `https://drive.google.com/file/d/${file.id}/view`,
      capabilities: { canDownload: true },
      ...file.more,
    }
  }

  function settle(file: FakeDriveFile, driveId: string | undefined): void {
    if (driveId) file.driveId = driveId
    else delete file.driveId
    for (const child of fake.files.values()) if (child.parents.includes(file.id)) settle(child, driveId)
  }

  function remove(id: string): void {
    fake.files.delete(id)
    for (const child of [...fake.files.values()]) if (child.parents.includes(id)) remove(child.id)
  }

  function log(id: string): void {
    const { driveId, isOpened } = existing(id)
    const entry = { position: ++counter, fileId: id }
    for (const name of driveId ? [driveId, ...(isOpened ? ['me'] : [])] : ['me']) {
      const entries = logs.get(name) ?? []
      logs.set(name, entries)
      entries.push(entry)
    }
  }

  function existing(id: string): FakeDriveFile {
    const file = fake.files.get(id)
    if (!file) throw new Error(`the fake has no file ${id}`)
    return file
  }

  function driveOf(parent: string | undefined): string | undefined {
    return parent && fake.drives.has(parent) ? parent : fake.files.get(parent ?? '')?.driveId
  }

  function isVisible(file: FakeDriveFile | undefined): file is FakeDriveFile {
    return file !== undefined && !file.isHidden && (!file.driveId || fake.drives.has(file.driveId))
  }

  function isTrashed(file: FakeDriveFile): boolean {
    if (file.isTrashed) return true
    return file.parents.some(id => isTrashedFolder(fake.files.get(id)))
  }

  function isTrashedFolder(folder: FakeDriveFile | undefined): boolean {
    return folder !== undefined && isTrashed(folder)
  }

  function pathOf(file: FakeDriveFile): string {
    for (const id of file.parents.toSorted()) {
      if (id === rootId) break
      const drive = fake.drives.get(id)
      if (drive !== undefined) return `${drive}/${file.name}`
      const folder = fake.files.get(id)
      if (folder && isVisible(folder)) return `${pathOf(folder)}/${file.name}`
    }
    return `My Drive/${file.name}`
  }

  function tick(): number {
    clock += 1000
    return clock
  }

  /** Ids in no order that means anything: a child may well be listed before its folder. */
  function newId(kind: string): string {
    return `${hash(`${kind}${counter++}`).slice(0, 12)}-${kind}`
  }
}

function hash(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
