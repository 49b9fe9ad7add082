import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunOptions, runInlet } from '../../support/command-run.ts'
import { connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let scratch: string

beforeAll(async () => {
  daemon = await startTestDaemon()
  scratch = await mkdtemp(join(tmpdir(), 'inlet-backups-'))
  const members = { auth_fields: { access_token: 'good-token', refresh_token: 'canary-refresh' }, name: 'My Slack' }
  await connect(daemon, members)
  await daemon.ask('POST', '/keys', { body: { name: 'assistant', scope: 'read' } })
})
afterAll(async () => {
  await daemon.close()
  await rm(scratch, { recursive: true, force: true })
})

const inlet = (words: readonly string[], options: RunOptions = {}) =>
  runInlet(words, { folder: daemon.folder, environment: { INLET_PORT: String(daemon.port) }, ...options })

describe('inlet backup', () => {
  it('writes a file that only its owner can read, and says what is in it', async () => {
    const file = join(scratch, 'one.tar.gz')
    const made = await inlet(['backup', file])
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.out).toMatch(/read again, and is whole.*keep a copy of .*data\/master\.key apart from it/s)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const checked = await inlet(['backup', '--check', file, '--json'])
    expect(JSON.parse(checked.out)).toMatchObject({ path: file, has_key: false, key_source: 'generated', files: 4 })
    const withKey = await inlet(['backup', '--with-key', join(scratch, 'key.tar')])
    expect([withKey.code, withKey.out]).toEqual([0, expect.stringContaining('whoever has the file has your tokens')])
    const archive = await readFile(join(scratch, 'key.tar'), 'latin1')
    expect(archive).toContain(await readFile(join(daemon.folder, 'data', 'master.key'), 'latin1'))
    expect(archive).not.toContain('canary-refresh')
  })

  it('names files in a folder after their time, and keeps as many as it is told to', async () => {
    const folder = join(scratch, 'many')
    for (let day = 1; day <= 4; day++) {
      const clock = { now: () => Date.UTC(2026, 0, day), monotonic: () => 0, sleep: async () => {} }
      const made = await inlet(['backup', '--keep', '2', `${folder}/`], { clock })
      expect(made.code).toBe(0)
      await writeFile(join(folder, 'mine.tar.gz'), 'of my own')
      // Of one that was killed.
      if (day < 4) await writeFile(join(folder, 'inlet-20251231T000000Z.tar.gz.0123456789ab.tmp'), 'half')
    }
    expect((await readdir(folder)).sort()).toEqual([
      'inlet-20260103T000000Z.tar.gz',
      'inlet-20260104T000000Z.tar.gz',
      'mine.tar.gz',
    ])
    expect((await inlet(['backup', '--keep', '2', join(scratch, 'x.tar.gz')])).code).toBe(2)
    expect((await inlet(['backup', '--check', folder])).out).toContain('inlet-20260104T000000Z.tar.gz is whole')
  })

  it('goes to another program with -, and to no terminal', async () => {
    const chunks: Uint8Array[] = []
    const sayBytes = async (bytes: Uint8Array) => void chunks.push(bytes)
    const made = await inlet(['backup', '-'], { sayBytes })
    expect([made.code, made.out, made.err]).toEqual([0, '', ''])
    await writeFile(join(scratch, 'sent.tar.gz'), Buffer.concat(chunks))
    expect((await inlet(['backup', '--check', join(scratch, 'sent.tar.gz')])).code).toBe(0)
    const shown = await inlet(['backup', '-'], { sayBytes, screen: { columns: 80 } })
    expect([shown.code, shown.err]).toEqual([1, expect.stringContaining('nothing for a terminal')])
    await writeFile(join(scratch, 'cut.tar.gz'), Buffer.concat(chunks).subarray(0, 2000))
    const cut = await inlet(['backup', '--check', join(scratch, 'cut.tar.gz')])
    expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('ends too early')])
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const file = join(scratch, 'interrupted.tar.gz')
    const ended = await inlet(['backup', file], { interrupted: AbortSignal.abort() })
    expect([ended.code, (await readdir(scratch)).filter(name => name.startsWith('interrupted'))]).toEqual([130, []])
    const left = async () => (await readdir(join(daemon.folder, 'data'))).filter(name => name.startsWith('.backup'))
    await expect.poll(left, { timeout: 5000 }).toEqual([])
    expect((await inlet(['backup', file])).code).toBe(0)
  })

  it('leaves the file of before alone when it cannot be made', async () => {
    const file = join(scratch, 'kept.tar.gz')
    await writeFile(file, 'before')
    const lost = await inlet(['backup', file], { environment: { INLET_PORT: '1' } })
    expect([lost.code, await readFile(file, 'utf8')]).toEqual([5, 'before'])
    expect((await readdir(scratch)).filter(name => name.endsWith('.tmp'))).toEqual([])
  })

  it("is not for keys of other programs: the owner's own is in it", async () => {
    const { body } = await daemon.ask('POST', '/keys', { body: { name: 'admin', scope: 'admin' } })
    const { key } = body as { key: string }
    const refused = await inlet(['backup', join(scratch, 'no.tar')], {
      environment: { INLET_PORT: String(daemon.port), INLET_API_KEY: key },
    })
    expect([refused.code, refused.err]).toEqual([7, expect.stringContaining("owner's key")])
  })
})

describe('inlet restore', () => {
  const file = () => join(scratch, 'whole.tar.gz')

  it('brings back what was there, says what has to be done, and inlet runs on it', async () => {
    expect((await inlet(['backup', '--with-key', file()])).code).toBe(0)
    const running = await inlet(['restore', '--force', file()])
    expect([running.code, running.err]).toEqual([1, expect.stringContaining('stop it')])
    const target = join(scratch, 'new')
    const options = { environment: { INLET_DATA_DIR: target } }
    const restored = await inlet(['restore', file()], options)
    expect([restored.code, restored.err]).toEqual([0, ''])
    expect(restored.out).toMatch(
      /is as it was at 20.*"My Slack": their provider takes each refresh token once.*revoked/s,
    )
    const keys = await inlet(['keys', 'list', '--json'], options)
    expect(JSON.parse(keys.out)).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'assistant' })]))
    const exported = await inlet(['export'], options)
    expect(exported.out.split('\n')).toHaveLength(5)
    const again = await inlet(['restore', file()], options)
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('--force')])
    const document = JSON.parse((await inlet(['restore', '--force', file(), '--json'], options)).out)
    expect(document).toMatchObject({ needs_key: false, sign_in_again_if_refreshed_since: [{ name: 'My Slack' }] })
    expect(existsSync(join(document.moved_to, 'inlet.db'))).toBe(true)
  })

  it('leaves no folder behind where there was none', async () => {
    const target = join(scratch, 'never')
    await writeFile(join(scratch, 'bad.tar'), 'no archive')
    const failed = await inlet(['restore', join(scratch, 'bad.tar')], { environment: { INLET_DATA_DIR: target } })
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('no backup of inlet')])
    expect(existsSync(target)).toBe(false)
    const absent = await inlet(['restore', join(scratch, 'absent.tar')], { environment: { INLET_DATA_DIR: target } })
    expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('ENOENT')])
    const empty = await inlet(['restore', daemon.folder], { environment: { INLET_DATA_DIR: target } })
    expect([empty.code, empty.err]).toEqual([1, expect.stringContaining('has no backup in it')])
  })
})
