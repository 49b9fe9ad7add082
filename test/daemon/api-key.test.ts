import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { readApiKey } from '../../daemon/api-key.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-key-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('the API key', () => {
  it('is made at the first start, for its owner alone, and is the same at the next', async () => {
    const folder = join(await temporaryFolder(), 'data')
    const first = await readApiKey(folder, undefined)
    const path = join(folder, 'api-key')
    expect(first.madeAt).toBe(path)
    const key = (await readFile(path, 'utf8')).trim()
    expect(key).toMatch(/^[\w-]{43}$/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['api-key'])
    const second = await readApiKey(folder, undefined)
    expect(second.madeAt).toBeUndefined()
    expect([first.fits(key), second.fits(key)]).toEqual([true, true])
    expect(await readFile(path, 'utf8')).toBe(`${key}\n`)
  })

  it('fits itself alone', async () => {
    const key = await readApiKey(await temporaryFolder(), 'right')
    expect(['right', 'wrong', 'righ', 'rightt', 'Right', '', 'right '].map(key.fits)).toEqual([
      true,
      ...Array(6).fill(false),
    ])
  })

  it('given by the environment makes no file and beats one', async () => {
    const folder = await temporaryFolder()
    expect((await readApiKey(folder, 'given')).fits('given')).toBe(true)
    expect(await readdir(folder)).toEqual([])
    await writeFile(join(folder, 'api-key'), 'in-file')
    expect((await readApiKey(folder, 'given')).fits('in-file')).toBe(false)
  })

  it('is one and the same for two that start at once', async () => {
    const folder = await temporaryFolder()
    const keys = await Promise.all([readApiKey(folder, undefined), readApiKey(folder, undefined)])
    const key = (await readFile(join(folder, 'api-key'), 'utf8')).trim()
    expect(keys.map(({ fits }) => fits(key))).toEqual([true, true])
    expect(await readdir(folder)).toEqual(['api-key'])
  })

  it('loses a mode that was too open', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'api-key')
    await writeFile(path, 'a key of one’s own', { mode: 0o644 })
    await readApiKey(folder, undefined)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is never one that could be guessed', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'api-key'), 'fifteen letters')
    await expect(readApiKey(folder, undefined)).rejects.toThrow(/is cut short: delete it/)
    await writeFile(join(folder, 'api-key'), 'sixteen letters!')
    expect((await readApiKey(folder, undefined)).fits('sixteen letters!')).toBe(true)
  })

  it('is never empty', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'api-key'), '\n')
    await expect(readApiKey(folder, undefined)).rejects.toThrow(Failure)
    await expect(readApiKey(folder, undefined)).rejects.toThrow(/is empty: delete it/)
  })
})
