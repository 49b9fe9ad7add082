/**
 * Starts the daemon of a checkout once and asks it something, after `npm ci` and `npm install`: what Node compiles for
 * that is kept (`daemon/inlet.js` says where). Without it the first start would take twice as long, and hold for good
 * what takes the types out of the sources. Where that cannot be done, nothing is lost but that.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const entry = join(import.meta.dirname, '..', 'daemon', 'inlet.js')
const timeLimitMs = 30_000

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupted.abort())

try {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-compile-'))
  try {
    await startOnce(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
} catch (error) {
  process.stderr.write(`nothing is compiled ahead: ${error instanceof Error ? error.message : error}\n`)
}

/** @param {string} folder */
async function startOnce(folder) {
  const daemon = spawn(process.execPath, [entry, 'start', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      // Of the environment, how programs and the folder for temporary files are found, and nothing else.
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      // What npm has started ends when that has.
      npm_lifecycle_event: 'prepare',
      INLET_PORT: '0',
      INLET_DATA_DIR: join(folder, 'data'),
      INLET_LOG_LEVEL: 'error',
    },
    timeout: timeLimitMs,
  })
  const ended = once(daemon, 'close')
  interrupted.signal.addEventListener('abort', () => daemon.kill('SIGTERM'))
  try {
    const [line] = await Promise.race([once(daemon.stdout, 'data'), ended.then(() => [''])])
    if (line === '') throw new Error('the daemon did not start')
    const { url, api_key_file: keyFile } = JSON.parse(String(line))
    const headers = { 'X-API-Key': readFileSync(keyFile, 'utf8').trim() }
    const answer = await fetch(`${url}/source-connections`, { headers, signal: AbortSignal.timeout(timeLimitMs) })
    await answer.text()
  } finally {
    daemon.kill('SIGTERM')
    await ended
  }
}
