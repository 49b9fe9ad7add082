/**
 * The program that the README shows in three languages, each as it is written but for the address: it connects, waits,
 * searches, and follows what changes until it is stopped.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'inlet/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DaemonProcess, startDaemonProcess } from './support/daemon-process.ts'
import { type Emulators, startEmulators } from './support/demo/emulators.ts'
import { programBlocks, readBlocks } from './support/readme.ts'
import { newNodeEnvironment } from './support/shell.ts'

const root = join(import.meta.dirname, '..')
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write("\nNo python3 was found: the README's program in Python is skipped.\n\n")

const programs = [
  { name: 'curl', file: 'program.sh', command: 'bash', isThere: true },
  { name: 'node', file: 'program.mjs', command: 'node', isThere: true },
  // In CI it must be there.
  { name: 'python', file: 'program.py', command: 'python3', isThere: hasPython || process.env.CI !== undefined },
] as const

describe("the README's program", () => {
  let folder: string
  let emulators: Emulators
  let daemon: DaemonProcess
  let key: string
  let running: ChildProcess | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlet-programs-'))
    emulators = await startEmulators()
    const config = { logLevel: 'warn', providers: { slack: emulators.providers.slack } }
    daemon = await startDaemonProcess({ folder: join(folder, 'inlet'), config })
    key = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
    await installClient()
  }, 60_000)
  afterEach(async () => {
    if (running?.exitCode !== null) return
    const ended = new Promise(resolve => running?.once('close', resolve))
    // Its whole group, since a shell's own children go on without it.
    process.kill(-(running.pid ?? 0), 'SIGKILL')
    await ended
  })
  afterAll(async () => {
    await daemon?.stop()
    await emulators?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** As `npm install` has it, but from the sources: what is built is tried by the package's test. */
  async function installClient(): Promise<void> {
    const exports = { './client': './client/index.ts' }
    await mkdir(join(folder, 'package'))
    await writeFile(join(folder, 'package', 'package.json'), JSON.stringify({ name: 'inlet', type: 'module', exports }))
    await symlink(join(root, 'daemon', 'client'), join(folder, 'package', 'client'))
    await mkdir(join(folder, 'node_modules'))
    await symlink(join(folder, 'package'), join(folder, 'node_modules', 'inlet'))
  }

  for (const { name, file, command, isThere } of programs) {
    it.skipIf(!isThere)(`in ${name} connects, waits, searches, and follows`, { timeout: 90_000 }, async () => {
      const found = readBlocks().filter(({ text }) => text.includes(programBlocks[name]))
      expect(found).toHaveLength(1)
      const text = found[0]?.text.replace('http://localhost:8001', daemon.url) ?? ''
      await writeFile(join(folder, file), text.replace('createClient()', `createClient({ baseUrl: '${daemon.url}' })`))
      expect(text === found[0]?.text).toBe(name === 'node')

      const env = { ...newNodeEnvironment(), INLET_API_KEY: key, SLACK_TOKEN: emulators.tokens.slack }
      running = spawn(command, [file], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      let output = ''
      running.stdout?.on('data', chunk => (output += String(chunk)))
      running.stderr?.on('data', chunk => (output += String(chunk)))
      const prints = (pattern: RegExp) => expect.poll(() => output, { timeout: 30_000 }).toMatch(pattern)

      await prints(/completed/)
      await prints(/<mark>recipe<\/mark>/)
      // Entities that were there before.
      await prints(/recipe<\/mark>[\s\S]*inserted/)
      const client = createClient({ baseUrl: daemon.url, apiKey: key })
      const all = await client.listSourceConnections({ limit: 1000 })
      const made = all.at(-1)
      await emulators.post('kitchen', 'ben', `A word for those who follow in ${name}`)
      const job = await client.runSourceConnection({ source_connection_id: made?.id ?? '' })
      for await (const _progress of client.jobEvents(made?.id ?? '', job.id));
      await prints(new RegExp(`A word for those who follow in ${name}`))
      expect(output).not.toContain(emulators.tokens.slack)
      expect(output).not.toContain(key)
      // It goes on until it is stopped.
      expect(running.exitCode).toBe(null)
    })
  }
})
