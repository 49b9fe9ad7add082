import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realDisk } from '../../support/real-disk.ts'

const prefix = 'inlet-store-'

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix))
}

/** For what is about the disk, and must not be in memory. */
export function temporaryFolderOnDisk(): Promise<string> {
  return mkdtemp(join(realDisk, prefix))
}
