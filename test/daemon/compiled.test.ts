import { spawnSync } from 'node:child_process'
import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
/** A program of one command: says where Node keeps what it has compiled. */
const program = `import { getCompileCacheDir } from 'node:module'
export const processSurroundings = () => undefined
export async function runCommand() {
  process.stdout.write(getCompileCacheDir() ?? 'nowhere')
  return 0
}`

let folder: string
let kept: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-compiled-'))
  kept = join(folder, 'node_modules', '.cache', 'inlet')
  await mkdir(join(folder, 'daemon'))
  await copyFile(join(root, 'daemon', 'inlet.js'), join(folder, 'daemon', 'inlet.js'))
  await writeFile(join(folder, 'daemon', 'cli.js'), program)
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "version": "1.2.3" }')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function run(): string {
  const { NODE_COMPILE_CACHE: _cache, NODE_DISABLE_COMPILE_CACHE: _disabled, ...environment } = process.env
  const words = [join(folder, 'daemon', 'inlet.js')]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env: environment })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

describe('what Node has compiled', () => {
  it('is kept beside the program, in a folder of ours alone', async () => {
    expect(dirname(run())).toBe(kept)
    expect((await lstat(kept)).mode & 0o777).toBe(0o700)
    expect(dirname(run())).toBe(kept)
  })

  it('is not kept where others could put what we then run', async () => {
    await mkdir(kept, { recursive: true })
    await chmod(kept, 0o777)
    expect(run()).toBe('nowhere')
    await rm(kept, { recursive: true })
    await mkdir(join(folder, 'elsewhere'), { mode: 0o777 })
    await symlink(join(folder, 'elsewhere'), kept)
    expect(run()).toBe('nowhere')
  })

  it('is done without where no folder can be made', async () => {
    await mkdir(join(folder, 'node_modules'))
    await writeFile(join(folder, 'node_modules', '.cache'), 'a file')
    expect(run()).toBe('nowhere')
    expect(await readFile(join(folder, 'node_modules', '.cache'), 'utf8')).toBe('a file')
  })
})

describe('modules of others in the same folder', () => {
  const loads = (name: string) => `export const processSurroundings = () => undefined
    export async function runCommand() {
      const { default: words } = await import('${name}')
      process.stdout.write(words.join('-'))
      return 0
    }`

  it.each(['mine', 'plugins/mine'])('are read as Node reads them by itself (%s)', async place => {
    await writeFile(join(folder, 'daemon', 'cli.js'), loads(`../${place}/index.js`))
    const ofPackage = join(folder, place, 'node_modules', 'words')
    await mkdir(ofPackage, { recursive: true })
    await writeFile(join(folder, place, 'index.js'), `export { default } from 'words'`)
    // As many packages are: a module that names their CommonJS by where it is.
    await writeFile(join(ofPackage, 'package.json'), '{ "exports": "./index.mjs" }')
    await writeFile(join(ofPackage, 'index.mjs'), `export { default } from './words.js'`)
    await writeFile(join(ofPackage, 'words.js'), 'module.exports = [1, 2]')
    expect(run()).toBe('1-2')
  })

  it('may be CommonJS', async () => {
    await writeFile(join(folder, 'daemon', 'cli.js'), loads('../mine/index.mjs'))
    await mkdir(join(folder, 'mine'))
    await writeFile(join(folder, 'mine', 'package.json'), '{}')
    await writeFile(join(folder, 'mine', 'index.mjs'), `export { default } from './words.js'`)
    await writeFile(join(folder, 'mine', 'words.js'), 'module.exports = [1, 2]')
    expect(run()).toBe('1-2')
  })
})
