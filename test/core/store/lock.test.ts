import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../../core/store/lock.ts'
import { temporaryFolder } from './folder.ts'

let folder: string

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => rm(folder, { recursive: true }))

const running = { code: 'data_folder', message: expect.stringMatching(/^another inlet is already running on [^\n]+$/) }

describe('the lock of a data folder', () => {
  it('refuses a second process, and vanishes with a killed one', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-holder.ts'), folder])
    await once(child.stdout, 'data')
    await expect(lockFolder(folder)).rejects.toMatchObject(running)
    await expect(lockFolder(folder)).rejects.toThrow(folder)
    child.kill('SIGKILL')
    await once(child, 'close')
    const lock = await lockFolder(folder)
    await lock.release()
  })

  it('refuses a second holder in the same process, until released', async () => {
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject(running)
    await lock.release()
    await lock.release()
    const next = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject(running)
    await next.release()
  })

  it('makes the folder, and a file that is for its owner alone', async () => {
    const nested = join(folder, 'a', 'data')
    const lock = await lockFolder(nested)
    expect(statSync(join(nested, 'lock.db')).mode & 0o777).toBe(0o600)
    expect(statSync(nested).mode & 0o777).toBe(0o700)
    await lock.release()
  })

  it('says in one sentence why it cannot be held', async () => {
    writeFileSync(join(folder, 'file'), '')
    const attempt = lockFolder(join(folder, 'file'))
    await expect(attempt).rejects.toMatchObject({
      code: 'data_folder',
      message: expect.stringContaining('cannot be locked'),
    })
  })
})
