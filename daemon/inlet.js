#!/usr/bin/env node
// Read by any Node that knows ES modules, so that an old one is told so in a sentence: nothing newer may be written or
// imported here before its version is known.

const oldestMajor = 24
const oldestMinor = 15

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  process.stderr.write(
    `inlet needs Node.js ${oldestMajor}.${oldestMinor} or newer, and this is ${process.versions.node}.\n`,
  )
  process.exitCode = 1
} else {
  run(process.argv.slice(2)).catch(error => {
    process.stderr.write(`inlet could not be loaded: ${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  })
}

/** @param {string[]} words */
async function run(words) {
  const { existsSync, readFileSync } = await import('node:fs')
  /** @param {string[]} places */
  const firstOf = (...places) => places.map(place => new URL(place, import.meta.url)).find(url => existsSync(url))
  // Compiled, this file is a folder deeper.
  const description = firstOf('../package.json', '../../package.json')
  const { version } = description ? JSON.parse(readFileSync(description, 'utf8')) : { version: 'unknown' }
  const { setFlagsFromString } = await import('node:v8')
  // A daemon that parses page after page is all young garbage: with V8's own sizes its memory doubles over a first
  // listing, which is 8 % sooner over for it. This bounds the threads; in this one it is too late for it, so here the space
  // grows not at all until the daemon answers, and then no further than `heap.ts` lets it.
  setFlagsFromString('--max-semi-space-size=4')
  setFlagsFromString('--semi-space-growth-factor=1')
  if (description) await keepCompiled(new URL('node_modules/.cache/inlet', description))
  await resolveOurs()
  // TypeScript in a checkout, JavaScript where it was compiled.
  const program = firstOf('./cli.ts', './cli.js')
  if (!program) throw new Error('neither cli.ts nor cli.js is beside inlet.js')
  const { runCommand, processSurroundings } = await import(program.href)
  process.exitCode = await runCommand(words, processSurroundings(version))
}

/**
 * What Node makes of our files is kept beside them, trusted as they are, so that the next start takes a third of the
 * time. Not in the folder for temporary files, where Node would put it: another user may have made it before us.
 * Whatever hinders it, inlet starts without.
 * @param {URL} url
 */
async function keepCompiled(url) {
  try {
    const { lstatSync, mkdirSync } = await import('node:fs')
    const { enableCompileCache } = await import('node:module')
    const { fileURLToPath } = await import('node:url')
    const folder = fileURLToPath(url)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    const othersMayWrite = 0o022
    const isPrivate = !process.getuid || (found.uid === process.getuid() && (found.mode & othersMayWrite) === 0)
    if (found.isDirectory() && isPrivate) enableCompileCache(folder)
  } catch {
    // A folder that may not be written to, as in most installations for all users.
  }
}

/**
 * Our files, and zod's hundred, name each other by where they are, so there is nothing to look for: without Node's
 * search for links, for the `package.json` of each and for what kind of module that makes of it, a start takes a seventh
 * less. A person's own plugin may lie among them, with packages of its own, which are Node's to find.
 */
async function resolveOurs() {
  const { registerHooks } = await import('node:module')
  const folders = ['core/', 'plugins/', 'daemon/', 'node_modules/zod/']
  const ours = folders.map(folder => new URL(`../${folder}`, import.meta.url).href)
  /** @param {string} url */
  const isModule = url =>
    ours.some(folder => url.startsWith(folder) && !url.includes('/node_modules/', folder.length - 1))
  registerHooks({
    resolve(name, context, next) {
      const { parentURL } = context
      const format = name.endsWith('.ts') ? 'module-typescript' : 'module'
      const isFile = name.startsWith('.') && (name.endsWith('.ts') || name.endsWith('.js'))
      if (!isFile || !parentURL || !isModule(parentURL)) return next(name, context)
      // Two thirds of zod's files are translations of its messages, which nobody asks for: a megabyte.
      const file = name === '../locales/index.js' ? '../locales/en.js' : name
      return { url: new URL(file, parentURL).href, format, shortCircuit: true }
    },
  })
}
