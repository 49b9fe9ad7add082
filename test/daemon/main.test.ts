import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startDaemonProcess } from '../support/daemon-process.ts'

const entry = join(import.meta.dirname, '..', '..', 'daemon', 'inlet.js')
const run = promisify(execFile)

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-main-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

interface Ended {
  code: number
  stdout: string
  stderr: string
}

async function inlet(
  words: string[],
  options: { cwd?: string; nodeOptions?: string[]; env?: Record<string, string> } = {},
): Promise<Ended> {
  const { cwd = tmpdir(), nodeOptions = [], env = {} } = options
  try {
    const settings = { cwd, env: { PATH: process.env.PATH ?? '', INLET_PORT: '0', ...env } }
    return { code: 0, ...(await run(process.execPath, [...nodeOptions, entry, ...words], settings)) }
  } catch (error) {
    return error as Ended
  }
}

describe('the program', () => {
  it('tells how it is used, and its version', async () => {
    const help = await inlet(['--help'])
    expect([help.code, help.stderr]).toEqual([0, ''])
    expect(help.stdout).toMatch(/start .*--help .*--version /s)
    const { version } = JSON.parse(await readFile(join(entry, '..', '..', 'package.json'), 'utf8'))
    expect((await inlet(['--version'])).stdout).toBe(`${version}\n`)
  })

  it.each([
    [['strat'], /^inlet does not know "strat": did you mean "inlet start"\?\n$/],
    [['something', 'else'], /^inlet does not know "something": see inlet --help\n$/],
    [['start', 'now'], /^inlet start takes no words, only options: see inlet start --help\n$/],
  ])('refuses the words %j in a sentence, with the exit code 2', async (words, sentence) => {
    const ended = await inlet(words)
    expect([ended.code, ended.stdout]).toEqual([2, ''])
    expect(ended.stderr).toMatch(sentence)
  })

  it('tells of each command what it does', async () => {
    for (const words of [
      ['help', 'start'],
      ['start', '--help'],
    ]) {
      const { code, stdout } = await inlet(words)
      expect([code, stdout.split('\n')[0]]).toEqual([0, 'Usage: inlet start'])
    }
  })

  it('tells an old Node in one sentence what it needs', async () => {
    const folder = await temporaryFolder()
    const old = join(folder, 'old.mjs')
    let told = 0
    for (const version of ['14.21.3', '20.19.0', '24.14.9']) {
      await writeFile(old, `Object.defineProperty(process.versions, 'node', { value: '${version}' })`)
      const ended = await inlet(['start'], { nodeOptions: ['--import', old] })
      expect([ended.code, ended.stdout]).toEqual([1, ''])
      expect(ended.stderr).toBe(`inlet needs Node.js 24.15 or newer, and this is ${version}.\n`)
      told++
    }
    expect(told).toBe(3)
  })

  it('says in a line what is wrong with its configuration, and makes nothing', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'config.json'), '{"server": {"prot": 1}}')
    const ended = await inlet([], { cwd: folder })
    expect([ended.code, ended.stdout]).toEqual([1, ''])
    expect(ended.stderr).toMatch(/^\S+config\.json: server\.prot .*\n$/)
    await expect(stat(join(folder, 'data'))).rejects.toThrow()
  })
})

describe('the daemon as a process', () => {
  it('says at its first start where its key is, never the key, and stops in peace', async () => {
    const folder = await temporaryFolder()
    const first = await startDaemonProcess({ folder })
    const key = (await readFile(first.apiKeyFile, 'utf8')).trim()
    expect(first.output()).toContain(`Made an API key: it is in ${first.apiKeyFile}\n`)
    expect(first.output()).not.toContain(key)
    expect(first.url).toMatch(/^http:\/\/localhost:\d+$/)
    const answer = await fetch(`${first.url}/readyz`, { headers: { 'X-API-Key': key } })
    expect(answer.status).toBe(200)
    expect(await first.stop()).toBe(0)
    await expect(fetch(`${first.url}/healthz`)).rejects.toThrow()

    const second = await startDaemonProcess({ folder })
    expect(second.output()).not.toContain('Made an API key')
    expect((await fetch(`${second.url}/readyz`, { headers: { 'X-API-Key': key } })).status).toBe(200)
    expect(await second.stop()).toBe(0)
  })

  it('refuses a data folder that another one uses, in a sentence', async () => {
    const folder = await temporaryFolder()
    const first = await startDaemonProcess({ folder })
    const ended = await inlet([], { cwd: folder, env: { INLET_DATA_DIR: join(folder, 'data') } })
    expect(ended.code).toBe(1)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(await first.stop()).toBe(0)
  })

  it('with another key than the vault’s answers 503, and loses nothing', async () => {
    const folder = await temporaryFolder()
    const [right, wrong] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
    const body = JSON.stringify({ short_name: 'slack', auth_fields: { access_token: 'x' }, sync_immediately: false })
    const first = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: right } })
    const key = (await readFile(first.apiKeyFile, 'utf8')).trim()
    const headers = { 'X-API-Key': key, 'Content-Type': 'application/json' }
    expect((await fetch(`${first.url}/source-connections`, { method: 'POST', headers, body })).status).toBe(201)
    expect(await first.stop()).toBe(0)

    const second = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: wrong } })
    const refused = [
      await fetch(`${second.url}/readyz`, { headers }),
      await fetch(`${second.url}/source-connections`, { method: 'POST', headers, body }),
    ]
    for (const answer of refused) {
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await answer.json()).toMatchObject({ type: '/problems/vault-locked' })
    }
    expect(refused).toHaveLength(2)
    expect(await second.stop()).toBe(0)

    const third = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: right } })
    expect((await fetch(`${third.url}/readyz`, { headers })).status).toBe(200)
    const listed = await (await fetch(`${third.url}/source-connections`, { headers })).json()
    expect(listed).toMatchObject([{ auth_fields: { access_token: '********' } }])
    expect(await third.stop()).toBe(0)
  })

  it('stops although a stream is open, and ends that', async () => {
    const folder = await temporaryFolder()
    const daemon = await startDaemonProcess({ folder })
    const key = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
    // A request whose body never comes keeps its connection open.
    const hanging = fetch(`${daemon.url}/collections`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: new ReadableStream({ start() {} }),
      duplex: 'half',
    }).catch(error => error)
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200)
    const startedAt = performance.now()
    expect(await daemon.stop()).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await hanging).toBeInstanceOf(Error)
  })
})
