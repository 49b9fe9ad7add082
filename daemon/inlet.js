#!/usr/bin/env node
// Read by any Node that knows ES modules, so that an old one is told so in a sentence: nothing newer may be written or
// imported here before its version is known.

const oldestMajor = 24
const oldestMinor = 15

const usage = `Usage: inlet [start]

Keeps your Google, Microsoft, Asana, Slack and Notion data flowing into a searchable store on your own machine.

  start        run until a signal (the default)
  --help       show this
  --version    show the version

It reads config.json in the folder it is started in, or the file that INLET_CONFIG names.
INLET_HOST, INLET_PORT, INLET_DATA_DIR, INLET_API_KEY and INLET_LOG_LEVEL win over the file.
`

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
  const [command = 'start'] = words
  if (command === '--help' || command === '-h' || command === 'help') return void process.stdout.write(usage)
  const { existsSync, readFileSync } = await import('node:fs')
  /** @param {string[]} places */
  const firstOf = (...places) => places.map(place => new URL(place, import.meta.url)).find(url => existsSync(url))
  // Compiled, this file is a folder deeper.
  const description = firstOf('../package.json', '../../package.json')
  const { version } = description ? JSON.parse(readFileSync(description, 'utf8')) : { version: 'unknown' }
  if (command === '--version' || command === '-v') return void process.stdout.write(`${version}\n`)
  if (command !== 'start' || words.length > 1) {
    process.stderr.write(`inlet does not know "${words.join(' ')}": see inlet --help\n`)
    process.exitCode = 1
    return
  }
  const { setFlagsFromString } = await import('node:v8')
  // A daemon that parses page after page is all young garbage: with V8's own sizes, 16 MB and growing, its memory
  // doubles over a first listing, for no measurable speed.
  setFlagsFromString('--max-semi-space-size=2')
  setFlagsFromString('--semi-space-growth-factor=1')
  // TypeScript in a checkout, JavaScript where it was compiled.
  const program = firstOf('./main.ts', './main.js')
  if (!program) throw new Error('neither main.ts nor main.js is beside inlet.js')
  const { main } = await import(program.href)
  await main(version)
}
