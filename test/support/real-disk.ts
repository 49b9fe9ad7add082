import { tmpdir } from 'node:os'

/** For folders that must not be in memory, where `tmpdir()` may be: see `global-setup.ts`. */
export const realDisk: string = process.env.TEST_DISK ?? tmpdir()
