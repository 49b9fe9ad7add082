import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readBackup } from '../../../core/backup/format.ts'
import { finishRestore, type Restored, type RestoreOptions, restoreBackup } from '../../../core/backup/restore.ts'
import { createInlet, type Inlet } from '../../../core/index.ts'
import { checkpoint, note, type ScriptedPlugin, scriptedPlugin } from '../../support/scripted-source.ts'

const clock = { now: () => Date.UTC(2026, 0, 31, 9, 30) }

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-backup-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

let plugin: ScriptedPlugin
let names: string[]

beforeEach(() => {
  names = ['apple', 'pear']
  plugin = scriptedPlugin(async function* () {
    for (const name of names) yield note(name)
    yield checkpoint(1)
  })
})

async function open(dataDir: string, environment = {}): Promise<Inlet> {
  const inlet = await createInlet({ dataDir, plugins: [plugin], environment })
  onTestFinished(() => inlet.close())
  return inlet
}

/** A data folder with a collection `home`, a connection, and two notes. */
async function furnished(dataDir: string, environment = {}): Promise<{ inlet: Inlet; connectionId: string }> {
  const inlet = await open(dataDir, environment)
  await inlet.collections.create({ name: 'Home', readableId: 'home' })
  const { id: connectionId } = await inlet.connections.create({
    shortName: 'scripted',
    collection: 'home',
    authFields: { access_token: 'secret-1' },
    syncImmediately: false,
  })
  await sync(inlet, connectionId)
  await writeFile(join(dataDir, 'api-key'), 'a key of the API\n', { mode: 0o600 })
  return { inlet, connectionId }
}

async function sync(inlet: Inlet, connectionId: string): Promise<void> {
  const { id } = await inlet.connections.run(connectionId)
  for await (const { job } of inlet.jobs.follow(connectionId, id, AbortSignal.timeout(20_000))) {
    if (job.status === 'failed') throw new Error(job.error ?? '')
  }
}

async function backUp(inlet: Inlet, options: { includeKey?: boolean } = {}): Promise<Buffer> {
  const { content } = await inlet.backups.make(options)
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* pieces(archive: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.length; at += 5000) yield archive.subarray(at, at + 5000)
}

function restore(dataDir: string, archive: Buffer, options: Partial<RestoreOptions> = {}): Promise<Restored> {
  return restoreBackup({ dataDir, source: pieces(archive), clock, ...options })
}

async function notesIn(inlet: Inlet): Promise<string[]> {
  const { entities } = await inlet.changes({ collection: 'home', limit: 100 })
  return entities.map(({ entityId }) => entityId).sort()
}

async function namesIn(archive: Buffer): Promise<string[]> {
  const found: string[] = []
  await readBackup(pieces(archive), async ({ name, content }) => {
    for await (const _chunk of content);
    found.push(name)
  })
  return found
}

describe('a backup', () => {
  it('brings everything into an empty folder, and inlet goes on there', async () => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    const { inlet, connectionId } = await furnished(from)
    const archive = await backUp(inlet, { includeKey: true })
    expect(await restore(to, archive)).toMatchObject({
      about: { hasKey: true, keySource: 'generated', createdAt: expect.any(String) },
      movedTo: undefined,
      needsKey: false,
    })
    expect(await readFile(join(to, 'api-key'), 'utf8')).toBe('a key of the API\n')
    for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      expect(mode & 0o077, entry.name).toBe(0)
    }
    const second = await open(to)
    expect(await notesIn(second)).toEqual(['apple', 'pear'])
    names.push('cherry')
    await sync(second, connectionId)
    expect(await notesIn(second)).toEqual(['apple', 'cherry', 'pear'])
  })

  it('is made while jobs run, and leaves nothing behind in the folder', async () => {
    const folder = await temporaryFolder()
    const { inlet, connectionId } = await furnished(folder)
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    plugin.script = async function* () {
      for (let index = 0; index < 600; index++) yield note(`n${index}`)
      yield checkpoint('half')
      await held
      yield note('last')
      yield checkpoint('whole')
    }
    const before = (await readdir(folder)).sort()
    const running = sync(inlet, connectionId)
    const archive = await backUp(inlet)
    release()
    await running
    expect((await readdir(folder)).sort()).toEqual(before)
    expect(await namesIn(archive)).toContain('inlet.db')
  })

  it('has no key of the vault unless it is asked for, and says when the vault needs it', async () => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    const { inlet } = await furnished(from)
    const archive = await backUp(inlet)
    expect(await namesIn(archive)).toEqual(['api-key', 'inlet.db', 'keyring.json', expect.stringMatching(/^vault\//)])
    expect(await restore(to, archive)).toMatchObject({ about: { hasKey: false }, needsKey: true })
    const second = await open(to)
    expect(await second.health()).toMatchObject({ vault: false })
    expect((await second.vault.status()).lockedBecause).toContain('put master.key back')
    await second.close()
    await writeFile(join(to, 'master.key'), await readFile(join(from, 'master.key')))
    expect(await (await open(to)).health()).toMatchObject({ vault: true })
  })

  it('takes the key that is in the folder already, if it is the one', async () => {
    const folder = await temporaryFolder()
    const { inlet } = await furnished(folder)
    const archive = await backUp(inlet)
    await inlet.close()
    expect(await restore(folder, archive, { force: true })).toMatchObject({ needsKey: false })
    expect(await (await open(folder)).health()).toMatchObject({ vault: true })
    const other = await temporaryFolder()
    await (await furnished(other)).inlet.close()
    expect(await restore(other, archive, { force: true })).toMatchObject({ needsKey: true })
  })

  it('never has a credential that is older than its database knows, whatever is renewed meanwhile', async () => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    const { inlet, connectionId } = await furnished(from)
    let renewing = true
    const renewals = (async () => {
      let count = 0
      for (; renewing; count++) {
        await inlet.connections.update(connectionId, { authFields: { access_token: `secret-${count}` } })
      }
      return count
    })()
    const archives = [await backUp(inlet, { includeKey: true }), await backUp(inlet, { includeKey: true })]
    renewing = false
    expect(await renewals).toBeGreaterThan(1)
    for (const archive of archives) {
      await restore(to, archive, { force: true })
      const restored = await open(to)
      const { credentialGeneration } = await restored.connections.get(connectionId)
      const [file] = (await readdir(join(to, 'vault'))).filter(name => name === `${connectionId}.json`)
      const { generation } = JSON.parse(await readFile(join(to, 'vault', file ?? ''), 'utf8'))
      expect(generation).toBeGreaterThanOrEqual(credentialGeneration)
      await sync(restored, connectionId)
      await restored.close()
    }
  })

  it('opens with its key, whatever the vault is turned to while it is made', async () => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    const { inlet } = await furnished(from)
    let turning = true
    const turns = (async () => {
      for (let count = 0; turning || count < 2; count++) await inlet.vault.rotate()
    })()
    const archives = [await backUp(inlet, { includeKey: true }), await backUp(inlet, { includeKey: true })]
    turning = false
    await turns
    for (const archive of archives) {
      expect(await restore(to, archive, { force: true })).toMatchObject({ needsKey: false })
      const restored = await open(to)
      expect(await restored.vault.status()).toMatchObject({ locked: false, credentials: 1, unreadable: [] })
      await restored.close()
    }
  })

  it('is made one at a time, and what a reader does not want any more is removed', async () => {
    const folder = await temporaryFolder()
    const { inlet } = await furnished(folder)
    const first = await inlet.backups.make()
    await expect(inlet.backups.make()).rejects.toMatchObject({ code: 'conflict' })
    await first.content[Symbol.asyncIterator]().return?.()
    for await (const _chunk of (await inlet.backups.make()).content) break
    expect((await readdir(folder)).filter(name => name.startsWith('.'))).toEqual([])
    await backUp(inlet)
  })

  it('removes at the next start what a killed one has left', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, '.backup-0123456789ab'))
    await writeFile(join(folder, '.backup-0123456789ab', 'inlet.db'), 'half')
    await mkdir(join(folder, '.restore-0123456789ab'))
    await furnished(folder)
    expect((await readdir(folder)).filter(name => name.startsWith('.'))).toEqual([])
  })
})

describe('a restore', () => {
  async function prepared() {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    names = ['apple', 'pear']
    const { inlet } = await furnished(from)
    const archive = await backUp(inlet, { includeKey: true })
    await inlet.close()
    names = ['old']
    await (await furnished(to)).inlet.close()
    return { archive, to }
  }

  const files = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    return Promise.all(paths.sort().map(async path => [path, (await readFile(path)).toString('base64')]))
  }

  it('refuses a folder that is not empty, and leaves it as it is', async () => {
    const { archive, to } = await prepared()
    const before = await files(to)
    await expect(restore(to, archive)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/--force/),
    })
    expect(await files(to)).toEqual(before)
  })

  it('with force moves what was there aside, whole, and keeps what is none of its own', async () => {
    const { archive, to } = await prepared()
    await mkdir(join(to, 'my notes'))
    const { movedTo = '' } = await restore(to, archive, { force: true })
    expect(movedTo).toBe(join(to, 'before-restore-20260131T093000Z'))
    expect(await readdir(to)).toContain('my notes')
    expect(await notesIn(await open(to))).toEqual(['apple', 'pear'])
    expect(await notesIn(await open(movedTo))).toEqual(['old'])
    const again = await restore(await temporaryFolder(), gzipSync(archive))
    expect(again.files).toBeGreaterThan(3)
  })

  it('does nothing with an archive of which any byte is another one, or missing', async () => {
    const { archive, to } = await prepared()
    const before = await files(to)
    const damages: [string, Buffer][] = [
      ['empty', Buffer.alloc(0)],
      ['no archive', Buffer.from('hello, this is a text that is no archive at all'.repeat(30))],
      ['cut', archive.subarray(0, archive.length / 2)],
      ['without its end', archive.subarray(0, archive.length - 1024)],
      ['gzip that is cut', gzipSync(archive).subarray(0, 3000)],
      ['gzip that is damaged', flipped(gzipSync(archive), 2500)],
      ...[5, 700, 5000, archive.length / 2, archive.length - 2500].map((at): [string, Buffer] => [
        `byte ${at}`,
        flipped(archive, Math.floor(at)),
      ]),
    ]
    for (const [name, damaged] of damages) {
      await expect(restore(to, damaged, { force: true }), name).rejects.toMatchObject({ code: 'item_unreadable' })
    }
    expect(damages.length).toBe(11)
    expect(await files(to)).toEqual(before)
  })

  it('makes the store another one: a cursor from before is refused, and not taken for a place that it is not', async () => {
    const [from, to] = [await temporaryFolder(), await temporaryFolder()]
    const { inlet, connectionId } = await furnished(from)
    const archive = await backUp(inlet, { includeKey: true })
    names = ['a', 'b', 'c']
    await sync(inlet, connectionId)
    const { nextCursor: after } = await inlet.changes({ collection: 'home', limit: 100 })
    await restore(to, archive)
    const restored = await open(to)
    names = ['d', 'e', 'f', 'g', 'h', 'i', 'j']
    await sync(restored, connectionId)
    await expect(restored.changes({ collection: 'home', limit: 100, after })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('killed before or after any of its moves, is at its end after the next start, whole', async () => {
    const { archive, to } = await prepared()
    // All but the database, of which each restore makes another store.
    const shape = async (folder: string) =>
      (await files(folder))
        .map(([path = '', content]) => [path.slice(folder.length), path.endsWith('inlet.db') ? '' : content])
        .filter(([path = '']) => !path.includes('lock.db'))
    const old = await shape(to)
    const expected = await temporaryFolder()
    await restore(expected, archive)
    const aside = '/before-restore-20260131T093000Z'
    let moves = 0
    for (let last = 0; ; last++) {
      const copy = await temporaryFolder()
      await cp(to, copy, { recursive: true })
      let count = 0
      const move = async (source: string, target: string) => {
        if (count++ === last) throw new Error('killed')
        await rename(source, target)
      }
      const outcome = await restore(copy, archive, { force: true, move }).catch((error: Error) => error)
      if (!(outcome instanceof Error)) break
      // Killed once more, at its first move, by the way.
      await expect(finishRestore(copy, () => Promise.reject(new Error('killed')))).rejects.toThrow()
      await finishRestore(copy)
      const all = await shape(copy)
      expect(all.filter(([path = '']) => !path.startsWith(aside))).toEqual(await shape(expected))
      expect(
        all
          .filter(([path = '']) => path.startsWith(aside))
          .map(([path = '', content]) => [path.slice(aside.length), content]),
      ).toEqual(old)
      moves += 1
    }
    expect(moves).toBeGreaterThan(7)
  })

  it('as a process that is killed at any time, leaves one of the two', async () => {
    const { archive, to } = await prepared()
    const file = join(await temporaryFolder(), 'a.tar')
    await writeFile(file, archive)
    const outcomes: string[] = []
    for (const afterMs of [0, 5, 20]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'restorer.ts'), to, file], { stdio: 'pipe' })
      await once(child.stdout, 'data')
      await sleep(afterMs)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const inlet = await open(to)
      outcomes.push((await notesIn(inlet)).join())
      expect(await inlet.health()).toMatchObject({ vault: true })
      await inlet.close()
    }
    expect(outcomes).toHaveLength(3)
    for (const outcome of outcomes) expect(['old', 'apple,pear']).toContain(outcome)
  }, 60_000)
})

function flipped(archive: Buffer, at: number): Buffer {
  const copy = Buffer.from(archive)
  copy[at] = (copy[at] ?? 0) ^ 0x40
  return copy
}
