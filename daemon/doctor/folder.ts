/** The data folder as it lies on the disk: rights, room, and the database's soundness. */
import { access, constants, lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { problemsOfDatabase } from '../../core/store/integrity.ts'
import { bad, type Finding, good, warning } from './finding.ts'

/** Below this many bytes the next syncs are likely to meet a full disk. */
const littleRoom = 512 * 1024 * 1024

export async function checkFolder(dataDir: string): Promise<Finding[]> {
  const stats = await lstat(dataDir).catch(() => undefined)
  if (!stats) return [warning('folder', `${dataDir} is not there yet`, 'inlet start makes it')]
  if (!stats.isDirectory())
    return [bad('folder', `${dataDir} is no folder`, 'set dataDir or INLET_DATA_DIR to another place')]
  const mayWrite = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!mayWrite)
    return [
      bad(
        'folder',
        `${dataDir} cannot be read and written`,
        `chown it to the user that runs inlet, and chmod 700 ${dataDir}`,
      ),
    ]
  return [await checkRights(dataDir, stats.mode), await checkRoom(dataDir), ...(await checkDatabase(dataDir))]
}

async function checkRights(dataDir: string, mode: number): Promise<Finding> {
  if (process.platform === 'win32') return good('rights', `${dataDir} has the rights that its owner gave it`)
  const open: string[] = (mode & 0o077) === 0 ? [] : [dataDir]
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const { mode: of = 0 } = (await lstat(path).catch(() => undefined)) ?? {}
    if ((of & 0o077) !== 0) open.push(path)
  }
  const [first] = open
  // A private folder keeps others out of what is in it, whatever its files say.
  if (first === dataDir) return bad('rights', `others can look into ${dataDir}`, `chmod -R go= ${dataDir}`)
  if (first)
    return warning('rights', `${open.length} files have rights for others, such as ${first}`, `chmod -R go= ${dataDir}`)
  return good('rights', `only its owner can read ${dataDir}`)
}

async function checkRoom(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  const says = `${(free / 1024 ** 3).toFixed(1)} GiB are free on its disk`
  return free < littleRoom ? warning('room', says, 'make room: a full disk stops every sync') : good('room', says)
}

async function checkDatabase(dataDir: string): Promise<Finding[]> {
  const file = join(dataDir, 'inlet.db')
  if (!(await lstat(file).catch(() => undefined))) return []
  const problems = problemsOfDatabase(file)
  if (problems.length === 0) return [good('database', `${file} is sound`)]
  const mend =
    'stop inlet, move inlet.db, inlet.db-wal and inlet.db-shm away, and start: everything is synced again; connections are made anew'
  return [
    bad('database', `${file} is damaged: ${problems[0]}`, `${mend}; or put a backup back: inlet restore --force FILE`),
  ]
}
