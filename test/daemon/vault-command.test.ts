import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../../daemon/cli.ts'
import type { VaultBody } from '../../daemon/schemas/vault.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import { credential, open, snapshot } from '../support/vault-folder.ts'
import { connect, startTestDaemon, type TestDaemon } from './harness.ts'

interface Ended {
  code: number
  out: string
  err: string
}

interface Surroundings {
  folder: string
  environment?: Record<string, string>
  /** What is typed, in order. */
  typed?: string[]
}

async function inlet(words: string, { folder, environment = {}, typed }: Surroundings): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(words.split(' '), {
    ...{ version: '0', environment, folder },
    say: line => void out.push(line),
    complain: line => void err.push(line),
    ask:
      typed &&
      (async question => {
        err.push(question)
        return typed.shift() ?? ''
      }),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-vault-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const newKey = () => randomBytes(32).toString('base64')
const ids = ['7b0f0d8e-0000-4000-8000-000000000001', '7b0f0d8e-0000-4000-8000-000000000002']

/** A folder with a data folder in it, as a daemon that was stopped has left it. */
async function stoppedFolder(environment: Record<string, string> = {}): Promise<{ folder: string; dataDir: string }> {
  const folder = await temporaryFolder()
  const dataDir = join(folder, 'data')
  const vault = await open(dataDir, { environment })
  for (const id of ids) await vault.put(id, credential(1))
  await vault.close()
  return { folder, dataDir }
}

async function expectAll(dataDir: string, environment: Record<string, string>): Promise<void> {
  const vault = await open(dataDir, { environment })
  expect(vault.lockedBecause).toBeUndefined()
  for (const id of ids) expect((await vault.get(id))?.accessToken.reveal()).toBe('access-1')
  await vault.close()
}

describe('inlet vault, called in a wrong way', () => {
  it.each([
    ['vault', /takes one of status, rotate, lock, unlock/],
    ['vault open', /takes one of/],
    ['vault statsu', /did you mean "status"/],
    ['vault status now', /takes no words/],
    ['vault rotate --key abc-secret', /does not know "--key": did you mean "--key-file"/],
    ['vault rotate --generate --passphrase', /one key at a time/],
    ['vault status --passphrase', /does not know "--passphrase"/],
    ['vault unlock --generate', /does not know "--generate"/],
  ])('as %j says so, repeats no key, and ends with 2', async (words, sentence) => {
    const ended = await inlet(words, { folder: await temporaryFolder() })
    expect([ended.code, ended.out]).toEqual([2, ''])
    expect(ended.err).toMatch(sentence)
    expect(ended.err).not.toContain('abc-secret')
  })

  it('makes no folder where there is none', async () => {
    const folder = await temporaryFolder()
    for (const action of ['status', 'rotate', 'lock', 'unlock']) {
      const ended = await inlet(`vault ${action}`, { folder })
      expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('has no vault yet')])
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('tells how it is used', async () => {
    const told: [string, string[]][] = [
      ['vault --help', ['status', 'rotate', 'lock', 'unlock']],
      ['vault rotate --help', ['INLET_NEW_PASSPHRASE', '--key-file', '--generate']],
      ['help vault status', ['3    the vault is locked', '4    some credential cannot be opened']],
    ]
    for (const [words, tells] of told) {
      const { code, out } = await inlet(words, { folder: '/' })
      expect(code).toBe(0)
      for (const word of tells) expect(out).toContain(word)
    }
    expect(told).toHaveLength(3)
  })
})

describe('inlet vault without a daemon', () => {
  it('tells the state of the folder, changes nothing, and says it in its exit code', async () => {
    const { folder, dataDir } = await stoppedFolder()
    const before = await snapshot(join(dataDir, 'vault'))
    const good = await inlet('vault status', { folder })
    expect([good.code, good.err]).toEqual([0, ''])
    expect(good.out).toMatch(
      /^vault: +open\nkey: +[0-9a-f]{32}, from master\.key in the data folder, made .*Z\ncredentials: +2$/,
    )
    const locked = await inlet('vault status --json', { folder, environment: { INLET_PASSPHRASE: 'another' } })
    expect(locked.code).toBe(3)
    expect(JSON.parse(locked.out)).toMatchObject({
      locked: true,
      reason: expect.stringContaining('give that one'),
      credentials: 2,
    })
    expect(await snapshot(join(dataDir, 'vault'))).toEqual(before)
    await writeFile(join(dataDir, 'vault', `${ids[0]}.json`), 'damaged')
    const damaged = await inlet('vault status', { folder })
    expect([damaged.code, damaged.out]).toEqual([4, expect.stringContaining(`cannot open:  ${ids[0]}: `)])
  })

  it('rotates the key in the folder', async () => {
    const { folder, dataDir } = await stoppedFolder()
    const before = await readFile(join(dataDir, 'master.key'), 'utf8')
    const ended = await inlet('vault rotate', { folder })
    expect([ended.code, ended.err]).toEqual([0, ''])
    expect(ended.out).toMatch(/A new key seals.*\nKeep a copy/)
    expect(await readFile(join(dataDir, 'master.key'), 'utf8')).not.toBe(before)
    await expectAll(dataDir, {})
  })

  it('moves from each source to each other, and says what the next start needs', async () => {
    const { folder, dataDir } = await stoppedFolder()
    const file = join(folder, 'my-key')
    const key = newKey()
    await writeFile(file, newKey(), { mode: 0o600 })
    const steps = [
      {
        words: 'rotate',
        has: {},
        gives: { INLET_NEW_PASSPHRASE: 'one' },
        next: { INLET_PASSPHRASE: 'one' },
        says: /set INLET_PASSPHRASE/,
      },
      {
        words: 'rotate',
        has: { INLET_PASSPHRASE: 'one' },
        gives: { INLET_NEW_MASTER_KEY: key },
        next: { INLET_MASTER_KEY: key },
        says: /set INLET_MASTER_KEY .* Unset INLET_PASSPHRASE/,
      },
      {
        words: `rotate --key-file ${file}`,
        has: { INLET_MASTER_KEY: key },
        gives: {},
        next: { INLET_MASTER_KEY_FILE: file },
        says: /set INLET_MASTER_KEY_FILE/,
      },
      {
        words: 'rotate --generate',
        has: { INLET_MASTER_KEY_FILE: file },
        gives: {},
        next: {},
        says: /Unset INLET_MASTER_KEY_FILE/,
      },
    ]
    for (const { words, has, gives, next, says } of steps) {
      const ended = await inlet(`vault ${words}`, { folder, environment: { ...has, ...gives } })
      expect([ended.code, ended.err]).toEqual([0, ''])
      expect(ended.out).toMatch(says)
      await expectAll(dataDir, next)
    }
    expect(steps).toHaveLength(4)
  })

  it('asks for passphrases that it is not given, the new one twice', async () => {
    const { folder, dataDir } = await stoppedFolder({ INLET_PASSPHRASE: 'old' })
    const unequal = await inlet('vault rotate', { folder, typed: ['old', 'new', 'nwe'] })
    expect([unequal.code, unequal.err]).toEqual([1, expect.stringContaining('the two differ')])
    await expectAll(dataDir, { INLET_PASSPHRASE: 'old' })
    const wrong = await inlet('vault rotate', { folder, typed: ['wrong', 'new', 'new'] })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('nothing was changed')])
    const right = await inlet('vault rotate', { folder, typed: ['old', 'new', 'new'] })
    expect(right.code).toBe(0)
    expect(right.err.match(/not shown|same again/g)).toHaveLength(3)
    await expectAll(dataDir, { INLET_PASSPHRASE: 'new' })
  })

  it('wants a new key where it cannot make one, and the present one where it is not there', async () => {
    const key = newKey()
    const { folder, dataDir } = await stoppedFolder({ INLET_MASTER_KEY: key })
    const before = await snapshot(join(dataDir, 'vault'))
    const none = await inlet('vault rotate', { folder, environment: { INLET_MASTER_KEY: key } })
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('give the new key in INLET_NEW_MASTER_KEY')])
    const locked = await inlet('vault rotate', { folder, environment: { INLET_NEW_MASTER_KEY: newKey() } })
    expect([locked.code, locked.err]).toEqual([3, expect.stringContaining('the vault is locked')])
    const malformed = await inlet('vault rotate', {
      folder,
      environment: { INLET_MASTER_KEY: key, INLET_NEW_MASTER_KEY: 'no-key' },
    })
    expect([malformed.code, malformed.err]).toEqual([2, expect.not.stringContaining('no-key')])
    expect(await snapshot(join(dataDir, 'vault'))).toEqual(before)
  })

  it('has nothing to lock', async () => {
    const { folder } = await stoppedFolder()
    for (const action of ['lock', 'unlock']) {
      const ended = await inlet(`vault ${action}`, { folder })
      expect([ended.code, ended.err]).toEqual([5, expect.stringContaining(`there is nothing to ${action}`)])
    }
  })
})

describe('inlet vault with a daemon', () => {
  async function start(): Promise<{ daemon: TestDaemon; here: Surroundings }> {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    await connect(daemon)
    return { daemon, here: { folder: daemon.folder, environment: { INLET_PORT: String(daemon.port) } } }
  }
  const and = (here: Surroundings, environment: Record<string, string>): Surroundings => ({
    ...here,
    environment: { ...here.environment, ...environment },
  })

  it('asks it, and it goes on', async () => {
    const { daemon, here } = await start()
    const first = await inlet('vault status --json', here)
    expect([first.code, JSON.parse(first.out)]).toEqual([0, (await daemon.ask('GET', '/vault')).body])
    const rotated = await inlet('vault rotate', here)
    expect([rotated.code, rotated.out]).toEqual([0, expect.stringContaining('A new key seals')])
    const words = await inlet('vault rotate', and(here, { INLET_NEW_PASSPHRASE: 'canary words' }))
    expect([words.code, words.out]).toEqual([0, expect.stringContaining('BEFORE THE NEXT START, set INLET_PASSPHRASE')])
    const locked = await inlet('vault lock', here)
    expect([locked.code, locked.out]).toEqual([0, 'The vault is locked.'])
    expect((await daemon.ask('GET', '/readyz')).status).toBe(503)
    const status = await inlet('vault status', here)
    expect([status.code, status.out]).toEqual([3, expect.stringContaining('locked: it was locked by hand')])
    const wrong = await inlet('vault unlock', { ...here, typed: ['wrong words'] })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('nothing was changed')])
    expect((await inlet('vault status', here)).code).toBe(3)
    const open = await inlet('vault unlock', { ...here, typed: ['canary words'] })
    expect([open.code, open.out]).toEqual([0, 'The vault is open.'])
    expect((await daemon.ask('GET', '/readyz')).status).toBe(200)
    const said = [first, rotated, words, locked, status, wrong, open].map(({ out, err }) => out + err)
    expect([...said, ...daemon.printed].join('\n')).not.toMatch(/canary words|wrong words/)
  })

  it('unlocks from the environment, from a file, and without a word where inlet can read the key', async () => {
    const { here } = await start()
    const file = join(here.folder, 'a-key')
    const bytes = randomBytes(32)
    await writeFile(file, bytes)
    const ways: [string, Record<string, string>, string, Record<string, string>][] = [
      ['rotate', {}, 'unlock', {}],
      ['rotate', { INLET_NEW_MASTER_KEY_FILE: file }, 'unlock', { INLET_MASTER_KEY: bytes.toString('base64') }],
      ['rotate --generate', {}, 'unlock', {}],
      [`rotate --key-file ${file}`, {}, `unlock --key-file ${file}`, {}],
    ]
    for (const [rotate, given, unlock, kept] of ways) {
      expect((await inlet(`vault ${rotate}`, and(here, given))).code).toBe(0)
      expect((await inlet('vault lock', here)).code).toBe(0)
      const ended = await inlet(`vault ${unlock}`, and(here, kept))
      expect([ended.code, ended.err]).toEqual([0, ''])
    }
    expect(ways).toHaveLength(4)
  })

  it('says where it looked when nobody answers there, and which credential does not open', async () => {
    const { daemon, here } = await start()
    const lost = await inlet('vault status', and(here, { INLET_PORT: '1' }))
    expect([lost.code, lost.err]).toEqual([
      5,
      expect.stringMatching(/does not answer at http:\/\/localhost:1: .*INLET_PORT/),
    ])
    const stranger = await inlet('vault status', and(here, { INLET_API_KEY: 'wrong' }))
    expect([stranger.code, stranger.err]).toEqual([7, expect.stringContaining('API key is wrong')])
    const [file = ''] = await readdir(join(daemon.folder, 'data', 'vault'))
    await writeFile(join(daemon.folder, 'data', 'vault', file), 'damaged')
    expect((await inlet('vault status', here)).code).toBe(4)
    const rotated = await inlet('vault rotate', here)
    expect([rotated.code, rotated.out]).toEqual([0, expect.stringContaining('old keys are kept for 1 credentials')])
  })

  it('does not send a key to where it could be read on its way', async () => {
    const { here } = await start()
    const elsewhere = and(here, { INLET_HOST: '192.0.2.1', INLET_NEW_PASSPHRASE: 'canary words' })
    await writeFile(join(here.folder, 'config.json'), JSON.stringify({ server: { allowedHosts: ['inlet.example'] } }))
    for (const action of ['unlock', 'rotate']) {
      const ended = await inlet(`vault ${action}`, elsewhere)
      expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('over the loopback alone')])
    }
  })
})

describe('the daemon as a process', () => {
  it('is locked, unlocked and rotated, restarts with its new key, and with the old one loses nothing', {
    timeout: 60_000,
  }, async () => {
    const folder = await temporaryFolder()
    const [old, next] = [newKey(), newKey()]
    const first = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: old } })
    const headers = {
      'X-API-Key': (await readFile(first.apiKeyFile, 'utf8')).trim(),
      'Content-Type': 'application/json',
    }
    const body = JSON.stringify({ short_name: 'slack', auth_fields: { access_token: 'x' }, sync_immediately: false })
    expect((await fetch(`${first.url}/source-connections`, { method: 'POST', headers, body })).status).toBe(201)
    const here = (url: string) => ({ folder, environment: { INLET_PORT: new URL(url).port } })
    const rotated = await inlet('vault rotate', {
      folder,
      environment: { ...here(first.url).environment, INLET_NEW_MASTER_KEY: next },
    })
    expect([rotated.code, rotated.err]).toEqual([0, ''])
    expect(await first.stop()).toBe(0)

    const second = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: old } })
    const locked = await inlet('vault status', here(second.url))
    expect([locked.code, locked.out]).toEqual([3, expect.stringContaining('INLET_MASTER_KEY is not the key')])
    const given = { folder, environment: { ...here(second.url).environment, INLET_MASTER_KEY: next } }
    expect((await inlet('vault unlock', given)).code).toBe(0)
    expect((await inlet('vault status', here(second.url))).code).toBe(0)
    expect(first.output() + second.output()).not.toMatch(
      new RegExp([old, next].map(key => key.replace(/[+/]/g, '\\$&')).join('|')),
    )
    expect(await second.stop()).toBe(0)

    const third = await startDaemonProcess({ folder, environment: { INLET_MASTER_KEY: next } })
    const open = await inlet('vault status --json', here(third.url))
    expect([open.code, JSON.parse(open.out) as VaultBody]).toMatchObject([
      0,
      { locked: false, credentials: 1, unreadable: [] },
    ])
    expect(await third.stop()).toBe(0)
    expect((await stat(join(folder, 'data', 'keyring.json'))).mode & 0o777).toBe(0o600)
  })
})
