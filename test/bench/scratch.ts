/** Where the benches write, and what they are told of that place first. */
import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a whole run has on the disk at once, at the most. */
const neededBytes = 5e9
/** Linux's numbers of file systems that are memory: tmpfs and ramfs. */
const memoryTypes = [0x01021994, 0x858458f6]

export interface Scratch {
  folder: string
  isInMemory: boolean
}

/** In the folder for temporary files, which `TMPDIR` names. Says what speaks against it. */
export async function makeScratch(scale: number, log: (line: string) => void): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-bench-'))
  const { type, bavail, bsize } = await statfs(folder)
  const isInMemory = process.platform === 'linux' && memoryTypes.includes(type)
  const elsewhere = `TMPDIR=/var/tmp npm run bench`
  if (isInMemory) {
    log(`${tmpdir()} is in memory: nothing waits for a disk there, and what is written takes memory; ${elsewhere}\n`)
  }
  if (bavail * bsize < neededBytes * scale) {
    log(
      `${tmpdir()} has ${(bavail * bsize * 1e-9).toFixed(1)} GB left, and a run needs ${neededBytes * scale * 1e-9}; ${elsewhere}\n`,
    )
  }
  return { folder, isInMemory }
}
