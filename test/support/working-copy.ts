import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Made by tools, and in no clone. */
const made = new Set(['node_modules', 'dist', 'data', 'coverage', '.git', 'config.json'])

/** Copies what a clone of the project as it is now would hold. */
export async function copyProject(target: string): Promise<void> {
  for (const path of await projectFiles()) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await cp(join(root, path), join(target, path))
  }
}

async function projectFiles(): Promise<string[]> {
  const { status, stdout } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { cwd: root, encoding: 'utf8' },
  )
  const all = await filesBelow(root)
  if (status !== 0) return all
  // What git still lists but somebody has just deleted is in no clone either.
  const known = new Set(stdout.split('\0'))
  return all.filter(path => known.has(path))
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = await Promise.all(
    entries
      .filter(({ name }) => !made.has(name))
      .map(entry => {
        const path = join(folder, entry.name)
        return entry.isDirectory() ? filesBelow(path) : [relative(root, path)]
      }),
  )
  return nested.flat()
}
