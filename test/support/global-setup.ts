/** Runs before all test files, and what it returns after them. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const roomBytes = 4 * 1024 ** 3

/**
 * Puts the folders of tests into memory, where there is room: everything of ours is on the disk before it is answered
 * for, and the disk's time is hardly ever what a test is about. Those that are about it use `realDisk`.
 */
export function setup(): (() => void) | undefined {
  if (process.env.TEST_DISK || !hasRoom(memory)) return undefined
  const folder = mkdtempSync(join(memory, 'inlet-tests-'))
  process.env.TEST_DISK = tmpdir()
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > roomBytes
}
