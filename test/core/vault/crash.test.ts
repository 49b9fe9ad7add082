import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../../core/errors.ts'
import { memoryFiles, type Survival } from '../../support/memory-files.ts'
import { credential, masterKey, open, systemError, temporaryFolder, watchedFiles } from '../../support/vault-folder.ts'

const id = randomUUID()

describe('storing a credential', () => {
  it('writes beside, fsyncs, renames, fsyncs the folder, in this order', async () => {
    const dataDir = await temporaryFolder()
    const operations: string[] = []
    const vault = await open(dataDir, { files: watchedFiles(operation => operations.push(operation)) })
    operations.length = 0
    await vault.put(id, credential(1))
    expect(operations.filter(operation => operation !== 'read')).toEqual([
      ...['create', 'write', 'sync', 'close', 'rename', 'syncFolder'],
    ])
  })

  it('writes the temporary file into the same folder', async () => {
    const dataDir = await temporaryFolder()
    const created: string[] = []
    const files = watchedFiles((operation, path) => operation === 'create' && created.push(path))
    const vault = await open(dataDir, { files })
    created.length = 0
    await vault.put(id, credential(1))
    expect(created).toEqual([expect.stringContaining(join(dataDir, 'vault', `${id}.json.`))])
  })

  it('leaves the old content or the new when the process dies before any step, and no litter after the next start', async () => {
    let died = 0
    for (let step = 1; ; step++) {
      const dataDir = await temporaryFolder()
      const first = await open(dataDir)
      await first.put(id, credential(1))
      let count = 0
      let isCounting = false
      const files = watchedFiles(() => {
        if (isCounting && ++count >= step) throw systemError('EIO')
      })
      const vault = await open(dataDir, { files })
      isCounting = true
      const failure = await vault.put(id, credential(2)).then(() => undefined, toFailure)
      const again = await open(dataDir)
      const found = await again.get(id)
      expect([1, 2]).toContain(found?.generation)
      if (!failure) {
        expect(found?.generation).toBe(2)
        break
      }
      died++
      expect(failure.code).toBe('data_folder')
      expect(await readdir(join(dataDir, 'vault'))).toEqual([`${id}.json`])
    }
    expect(died).toBeGreaterThanOrEqual(7)
  })

  it.each<Survival>(['all', 'names', 'least'])(
    'survives a power cut before any step, with %s of the rest lost or kept',
    async survival => {
      let cuts = 0
      for (let step = 1; ; step++) {
        const disk = memoryFiles()
        const vault = await open('/data', { files: disk })
        await vault.put(id, credential(1))
        let count = 0
        disk.before = () => {
          if (++count >= step) throw systemError('EIO')
        }
        const failure = await vault.put(id, credential(2)).then(() => undefined, toFailure)
        const again = await open('/data', { files: disk.afterPowerCut(survival) })
        const found = await again.get(id)
        expect(found?.accessToken.reveal()).toBe(`access-${found?.generation}`)
        if (!failure) {
          expect(found?.generation).toBe(2)
          break
        }
        cuts++
        expect([1, 2]).toContain(found?.generation)
      }
      expect(cuts).toBeGreaterThanOrEqual(7)
    },
  )

  it('survives a power cut at any step of the first start', async () => {
    let cuts = 0
    for (const survival of ['all', 'names', 'least'] as const) {
      for (let step = 1; ; step++) {
        const disk = memoryFiles()
        let count = 0
        disk.before = () => {
          if (++count >= step) throw systemError('EIO')
        }
        const isUp = await open('/data', { files: disk, environment: {} }).then(
          first => !first.locked,
          () => false,
        )
        const rest = disk.afterPowerCut(survival)
        const vault = await open('/data', { files: rest, environment: {} })
        expect(vault.locked).toBe(false)
        await vault.put(id, credential(1))
        const again = await open('/data', { files: rest.afterPowerCut('least'), environment: {} })
        expect((await again.get(id))?.generation).toBe(1)
        if (isUp) break
        cuts++
      }
    }
    expect(cuts).toBeGreaterThan(30)
  })

  it.each(['ENOSPC', 'EACCES', 'EROFS', 'EIO', 'EDQUOT'])(
    'says so in words and keeps the old one on %s',
    async code => {
      const dataDir = await temporaryFolder()
      let broken = false
      const files = watchedFiles(operation => {
        if (broken && operation === 'write') throw systemError(code)
      })
      const vault = await open(dataDir, { files })
      await vault.put(id, credential(1))
      broken = true
      const failure = toFailure(await vault.put(id, credential(2)).catch(error => error))
      expect(failure).toMatchObject({ code: 'data_folder', message: expect.stringContaining(`(${code})`) })
      expect(failure.message).not.toContain('access-2')
      expect((await vault.get(id))?.generation).toBe(1)
      expect(await readdir(join(dataDir, 'vault'))).toEqual([`${id}.json`])
      broken = false
      await vault.put(id, credential(2))
      expect((await vault.get(id))?.generation).toBe(2)
    },
  )

  it('removes at the start what a killed writer left, and nothing else', async () => {
    const dataDir = await temporaryFolder()
    await (await open(dataDir)).put(id, credential(1))
    const folder = join(dataDir, 'vault')
    const mine = ['notes.txt', `${id}.json.bak`, `${id}.json.0123.tmp`]
    for (const name of mine) await writeFile(join(folder, name), 'x')
    await writeFile(join(folder, `${id}.json.0123456789ab.tmp`), 'half a creden')
    await writeFile(join(dataDir, 'keyring.json.0123456789ab.tmp'), 'x')
    await open(dataDir)
    expect((await readdir(folder)).sort()).toEqual([`${id}.json`, ...mine].sort())
    expect((await readdir(dataDir)).sort()).toEqual(['keyring.json', 'vault'])
  })

  it('keeps every promise made before a kill at a random moment', async () => {
    const dataDir = await temporaryFolder()
    let promised = 0
    const kills = 6
    for (let kill = 1; kill <= kills; kill++) {
      const after = promised
      promised = await writeUntilKilled(dataDir, 2 + kill * 3)
      expect(promised).toBeGreaterThan(after)
      const vault = await open(dataDir)
      const found = await vault.get(id)
      // One more may be on disk than was heard of.
      expect([promised, promised + 1]).toContain(found?.generation)
      expect(found?.accessToken.reveal()).toBe(`access-${found?.generation}`)
      expect(await readdir(join(dataDir, 'vault'))).toEqual([`${id}.json`])
    }
  })
})

/** @returns the last generation that the writer said was stored before it was killed */
async function writeUntilKilled(dataDir: string, lines: number): Promise<number> {
  const script = join(import.meta.dirname, '../../support/vault-writer.ts')
  const child = spawn(process.execPath, [script, dataDir, id, masterKey], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  child.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
    if (heard.split('\n').length > lines) child.kill('SIGKILL')
  })
  await new Promise<void>(resolve => child.on('close', () => resolve()))
  return Number(heard.slice(0, heard.lastIndexOf('\n')).split('\n').at(-1))
}
