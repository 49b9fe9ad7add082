import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { createInlet } from '../../../core/index.ts'
import { silentLog } from '../../../core/log.ts'
import { apiKey } from '../../../daemon/api-key.ts'
import type { VaultBody } from '../../../daemon/schemas/vault.ts'
import { createServer } from '../../../daemon/server.ts'
import { type Answer, connect, type JobJson, startTestDaemon, type TestDaemon } from '../harness.ts'

async function start(config?: object): Promise<TestDaemon> {
  const daemon = await startTestDaemon(config ? { config } : {})
  onTestFinished(() => daemon.close())
  return daemon
}

const problem = ({ body }: Answer) => (body as { type?: string }).type
const newKey = () => randomBytes(32).toString('base64')

async function vault(daemon: TestDaemon): Promise<VaultBody> {
  const { status, body } = await daemon.ask('GET', '/vault')
  expect(status).toBe(200)
  return body as VaultBody
}

describe('GET /vault', () => {
  it('tells whether it is open, its key, and which credentials do not open', async () => {
    const daemon = await start()
    const [good, broken] = [await connect(daemon), await connect(daemon)]
    const path = join(daemon.folder, 'data', 'vault', `${broken.id}.json`)
    await writeFile(path, 'damaged')
    expect(await vault(daemon)).toEqual({
      locked: false,
      reason: null,
      key: {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        source: 'generated',
        created_at: expect.stringMatching(/Z$/),
      },
      old_keys: [],
      rotation: 'none',
      credentials: 2,
      sealed_with_old_key: 0,
      unreadable: [{ source_connection_id: broken.id, reason: expect.stringContaining('kept as it is') }],
    })
    expect(await readFile(path, 'utf8')).toBe('damaged')
    expect(good.id).not.toBe(broken.id)
  })

  it('needs the API key, as its other addresses do', async () => {
    const daemon = await start()
    for (const [method, path] of [
      ['GET', '/vault'],
      ['POST', '/vault/rotate'],
      ['POST', '/vault/lock'],
      ['POST', '/vault/unlock'],
    ] as const) {
      expect((await daemon.ask(method, path, { headers: { 'X-API-Key': 'wrong' } })).status, path).toBe(401)
    }
    expect((await vault(daemon)).locked).toBe(false)
  })
})

describe('POST /vault/rotate', () => {
  it('seals everything with another key while the daemon goes on', async () => {
    const daemon = await start()
    const { id } = await connect(daemon)
    const before = await vault(daemon)
    const made = await daemon.ask('POST', '/vault/rotate')
    expect([made.status, made.body]).toEqual([
      200,
      { ...before, key: expect.objectContaining({ source: 'generated' }) },
    ])
    expect((made.body as VaultBody).key?.id).not.toBe(before.key?.id)
    for (const [body, source] of [
      [{ passphrase: 'four words of mine' }, 'passphrase'],
      [{ key: newKey() }, 'environment'],
      [{ key: newKey(), kept_in: 'file' }, 'file'],
      [{ generate: true }, 'generated'],
    ] as const) {
      const answer = await daemon.ask('POST', '/vault/rotate', { body })
      expect([answer.status, answer.body]).toMatchObject([200, { rotation: 'none', credentials: 1, key: { source } }])
    }
    await daemon.ask('POST', `/source-connections/${id}/run`)
    const [job] = (await daemon.ask('GET', `/source-connections/${id}/jobs`)).body as JobJson[]
    expect(
      (
        await daemon.until<JobJson>(
          `/source-connections/${id}/jobs/${job?.id}`,
          ({ status }) => status !== 'in_progress' && status !== 'pending',
        )
      ).status,
    ).toBe('completed')
  })

  it.each([
    ['several keys', { key: newKey(), passphrase: 'x' }],
    ['a key that is none', { key: 'short' }],
    ['an empty passphrase', { passphrase: '' }],
    ['a passphrase that is no text', { passphrase: ['secret words'] }],
    ['a place without a key', { kept_in: 'file' }],
    ['what it does not know', { pasphrase: 'secret words' }],
  ])('refuses %s, changes nothing, and repeats nothing', async (_what, body) => {
    const daemon = await start()
    await connect(daemon)
    const before = await vault(daemon)
    const answer = await daemon.ask('POST', '/vault/rotate', { body })
    expect([answer.status, problem(answer)]).toEqual([422, '/problems/invalid-request'])
    expect(answer.text).not.toContain('secret words')
    if ('key' in body) expect(answer.text).not.toContain(body.key)
    expect(await vault(daemon)).toEqual(before)
  })

  it('wants a key where it cannot make one', async () => {
    const daemon = await start()
    await daemon.ask('POST', '/vault/rotate', { body: { passphrase: 'words' } })
    const answer = await daemon.ask('POST', '/vault/rotate')
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('INLET_PASSPHRASE')])
  })
})

describe('POST /vault/lock and /vault/unlock', () => {
  it('take the key out of use and back, and everything says so', async () => {
    const daemon = await start()
    const { id } = await connect(daemon)
    await daemon.ask('POST', '/vault/rotate', { body: { passphrase: 'right words' } })
    const locked = await daemon.ask('POST', '/vault/lock')
    expect([locked.status, locked.body]).toMatchObject([
      200,
      { locked: true, reason: expect.stringContaining('inlet vault unlock'), credentials: 1 },
    ])
    const refused = [
      await daemon.ask('GET', '/readyz'),
      await daemon.ask('POST', `/source-connections/${id}/run`),
      await daemon.ask('POST', '/vault/rotate'),
    ]
    for (const answer of refused) {
      expect([answer.status, problem(answer)]).toEqual([503, '/problems/vault-locked'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.text).toContain('by hand')
    }
    expect(refused).toHaveLength(3)
    expect((await daemon.ask('GET', '/source-connections')).status).toBe(200)
    for (const body of [{ passphrase: 'wrong words' }, { key: newKey() }, { key: 'right words' }]) {
      const answer = await daemon.ask('POST', '/vault/unlock', { body })
      expect([answer.status, problem(answer)]).toEqual([400, '/problems/vault-key-wrong'])
      expect(answer.text).toContain('nothing was changed')
      expect(answer.text).not.toMatch(/right words|wrong words/)
    }
    expect((await daemon.ask('POST', '/vault/unlock')).status).toBe(422)
    expect((await vault(daemon)).locked).toBe(true)
    const open = await daemon.ask('POST', '/vault/unlock', { body: { passphrase: 'right words' } })
    expect([open.status, open.body]).toMatchObject([200, { locked: false, reason: null }])
    expect((await daemon.ask('GET', '/readyz')).status).toBe(200)
    expect((await daemon.ask('POST', `/source-connections/${id}/run`)).status).toBe(200)
  })
})

describe('a key of the vault', () => {
  it('is taken over the loopback alone', async () => {
    const daemon = await start({ server: { port: 0, allowedHosts: ['inlet.example'] } })
    const ask = (path: string, host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { Host: host, 'X-API-Key': daemon.key }
        const asking = request(`http://127.0.0.1:${daemon.port}${path}`, { method: 'POST', headers }, response => {
          response.resume()
          resolve(response.statusCode)
        })
        asking.once('error', reject)
        asking.end()
      })
    // Behind a proxy, the connection comes from the machine and its Host does not.
    expect(await ask('/vault/unlock', 'inlet.example')).toBe(403)
    expect(await ask('/vault/rotate', 'inlet.example')).toBe(403)
    expect(await ask('/backup', 'inlet.example')).toBe(403)
    expect(await ask('/vault/unlock', `LOCALHOST:${daemon.port}`)).toBe(200)
    expect(await ask('/vault/lock', 'inlet.example')).toBe(200)
  })

  it('is not taken from another address, whatever the Host says', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'inlet-vault-'))
    const inlet = await createInlet({ dataDir, plugins: [] })
    onTestFinished(async () => {
      await inlet.close()
      await rm(dataDir, { recursive: true })
    })
    const { fetch } = createServer({
      inlet,
      apiKey: apiKey('k'),
      port: () => 8001,
      version: '0',
      clock: systemClock,
      log: silentLog,
    })
    const ask = async (remoteAddress?: string) => {
      const asked = new Request('http://localhost:8001/vault/unlock', {
        method: 'POST',
        headers: { host: 'localhost:8001', 'x-api-key': 'k' },
      })
      return (await fetch(asked, ...(remoteAddress === undefined ? [] : [{ remoteAddress }]))).status
    }
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1', undefined])
      expect(await ask(address)).toBe(403)
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1']) expect(await ask(address)).toBe(200)
  })

  it('is in no answer, no line of the log, and no file, right or wrong', async () => {
    const daemon = await start()
    await connect(daemon)
    const canaries = {
      key: newKey(),
      passphrase: 'canary-passphrase-77aa',
      wrong: 'canary-wrong-88bb',
      wrongKey: newKey(),
    }
    const asks: [string, unknown][] = [
      ['/vault/rotate', { key: canaries.key }],
      ['/vault/rotate', { key: canaries.key }],
      ['/vault/rotate', { key: canaries.wrong }],
      ['/vault/rotate', { key: [canaries.wrong] }],
      ['/vault/rotate', { passphrase: canaries.wrong, key: canaries.wrongKey }],
      ['/vault/rotate', { passphrase: { words: canaries.wrong } }],
      ['/vault/rotate', `{"passphrase": ${canaries.wrong}}`],
      ['/vault/rotate', { passphrase: canaries.passphrase }],
      ['/vault/lock', { key: canaries.wrong }],
      ['/vault/lock', undefined],
      ['/vault/unlock', { passphrase: canaries.wrong }],
      ['/vault/unlock', { passphrase: canaries.wrong.repeat(200) }],
      ['/vault/unlock', { key: canaries.wrong }],
      ['/vault/unlock', { key: canaries.wrongKey }],
      ['/vault/unlock', { pass: canaries.wrong }],
      ['/vault/unlock', `"${canaries.wrong}"`],
      ['/vault/unlock', { passphrase: canaries.passphrase }],
    ]
    const answers: string[] = []
    for (const [path, body] of asks) {
      const { status, headers, text } = await daemon.ask('POST', path, { body })
      answers.push(`${status} ${JSON.stringify([...headers])} ${text}`)
    }
    answers.push((await daemon.ask('GET', '/vault')).text)
    expect(answers.at(-1)).toContain('"locked":false')
    expect(answers.filter(answer => answer.startsWith('200')).length).toBe(4)
    const data = join(daemon.folder, 'data')
    const files = (await readdir(data, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
    const stored = await Promise.all(files.map(entry => readFile(join(entry.parentPath, entry.name))))
    expect(stored.length).toBeGreaterThan(3)
    const places = {
      answers: Buffer.from(answers.join('\n')),
      printed: Buffer.from(daemon.printed.join('\n')),
      stored: Buffer.concat(stored),
    }
    expect(places.printed.toString()).toContain('/vault/unlock')
    for (const [place, bytes] of Object.entries(places)) {
      for (const [name, canary] of Object.entries(canaries)) {
        expect(bytes.includes(canary), `${name} in ${place}`).toBe(false)
        const raw = Buffer.from(canary, 'base64')
        if (raw.length === 32) expect(bytes.includes(raw), `${name} in ${place}`).toBe(false)
      }
    }
  })
})
