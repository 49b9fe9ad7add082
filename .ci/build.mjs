/** Compiles core, plugins and daemon to JavaScript with declarations in `dist/`, as the package carries them. */
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const target = join(root, 'dist')

rmSync(target, { recursive: true, force: true })
if (compile()) {
  copyAssets()
  copySwaggerUi()
  writePackageFile()
} else {
  process.exitCode = 1
}

function compile() {
  return spawnSync('tsc', ['--project', join(here, 'tsconfig.build.json')], { stdio: 'inherit' }).status === 0
}

/** All that the compiler leaves: the entry, which is JavaScript for the oldest Node's sake, style sheets, pages. */
function copyAssets() {
  for (const folder of ['core', 'plugins', 'daemon']) {
    cpSync(join(root, folder), join(target, folder), { recursive: true, filter: path => extname(path) !== '.ts' })
  }
}

/** The API reference's files, with their licence: see `daemon/docs/assets.ts` for why they are no dependency. */
function copySwaggerUi() {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  for (const name of [
    'swagger-ui-bundle.js',
    'swagger-ui.css',
    'swagger-ui-bundle.js.LICENSE.txt',
    'LICENSE',
    'NOTICE',
  ]) {
    cpSync(join(from, name), join(target, 'daemon', 'docs', 'swagger-ui', name))
  }
}

/** The daemon reads its version from beside its folder, in a checkout as in the package. */
function writePackageFile() {
  const { version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ version, type }, null, 2)}\n`)
}
