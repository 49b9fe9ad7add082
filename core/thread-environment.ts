import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'

/**
 * The environment of a thread of ours: nothing of the process's, where keys may be, but where Node keeps what it has
 * compiled, if it does, so that threads need not compile it anew.
 */
export function threadEnvironment(): Readonly<Record<string, string>> {
  const folder = getCompileCacheDir()
  // Node names a folder inside of the one that it is told, by its version.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
