import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openStore } from '../../../core/store/index.ts'
import { temporaryFolderOnDisk } from './folder.ts'
import { expectSound } from './soundness.ts'

/** Kills a process that commits without end once it has reported `rounds` commits; returns the last one reported. */
async function killAfter(rounds: number, file: string): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.ts'), file])
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += String(chunk)
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  let reported = 0
  for await (const line of createInterface(child.stdout)) {
    reported = Number(line)
    if (reported >= rounds) child.kill('SIGKILL')
  }
  await ended
  expect(errors).toBe('')
  return reported
}

it('a killed process has lost no commit that it was told of, and left no half of one', async () => {
  let kills = 0
  for (const rounds of [1, 7, 40]) {
    const folder = await temporaryFolderOnDisk()
    const file = join(folder, 'inlet.db')
    const reported = await killAfter(rounds, file)
    expect(reported).toBeGreaterThanOrEqual(rounds)
    const store = await openStore({ file, readers: 1 })
    const connection = await store.connection('one')
    const committed = Number(connection?.cursor)
    expect(committed).toBeGreaterThanOrEqual(reported)
    expect(await store.entityCounts('one')).toMatchObject([{ entityType: 'note', count: committed * 10 }])
    expect(await store.job('job-one')).toMatchObject({
      inserted: committed * 10,
      encountered: { note: committed * 10 },
    })
    const { entities } = await store.changes({ collection: 'home', limit: committed * 10 + 1 })
    expect(entities).toHaveLength(committed * 10)
    await store.close()
    expectSound(file)
    await rm(folder, { recursive: true })
    kills += 1
  }
  expect(kills).toBe(3)
})
