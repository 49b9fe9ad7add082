import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EntityBody } from '../../../daemon/schemas/entity.ts'
import { runInlet } from '../../support/command-run.ts'
import { connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let scratch: string

beforeAll(async () => {
  daemon = await startTestDaemon()
  scratch = await mkdtemp(join(tmpdir(), 'inlet-export-'))
  await daemon.ask('POST', '/collections', { body: { name: 'Home', readable_id: 'home' } })
  await daemon.ask('POST', '/collections', { body: { name: 'Work', readable_id: 'work' } })
  await connect(daemon, { name: 'Our Slack', collection: 'home' })
  await connect(daemon, { name: 'Other Slack', collection: 'work' })
})
afterAll(async () => {
  await daemon.close()
  await rm(scratch, { recursive: true, force: true })
})

const inlet = (words: string | readonly string[], environment = { INLET_PORT: String(daemon.port) }) =>
  runInlet(words, { folder: daemon.folder, environment })

const lines = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as EntityBody)

const paths = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && !entry.parentPath.includes('.inlet-export'))
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

describe('inlet export', () => {
  it('writes every entity as a line, whole, with the provider’s own object where that is wanted', async () => {
    const all = await inlet('export')
    expect([all.code, all.err]).toEqual([0, '10 entities'])
    const entities = lines(all.out)
    expect(entities).toHaveLength(10)
    expect(entities.find(({ text }) => text === 'bananas')).toMatchObject({
      entity_type: 'slack_message',
      collection: 'home',
      breadcrumbs: [{ name: 'general' }],
    })
    expect(entities.some(entity => 'raw' in entity)).toBe(false)
    const [raw] = lines((await inlet('export --raw --type slack_message')).out)
    expect(raw?.raw).toMatchObject({ ts: expect.any(String) })
  })

  it('narrows by collection, source, connection and type', async () => {
    const count = async (words: string) => lines((await inlet(`export ${words}`)).out).length
    expect(await count('--collection work')).toBe(5)
    expect(await count('--type slack_message')).toBe(6)
    expect(await count('--type slack_message --type slack_user --collection home')).toBe(4)
    expect(await count('--source gmail')).toBe(0)
    expect(lines((await inlet(['export', '--connection', 'Our Slack'])).out)).toHaveLength(5)
    const [unknown, collection] = [
      await inlet('export --connection nobody'),
      await inlet('export --collection nowhere'),
    ]
    expect([unknown.code, collection.code]).toEqual([6, 6])
    expect((await inlet('export --format markdown')).code).toBe(2)
  })

  it('puts a file in the place of the one before only when it is whole', async () => {
    const file = join(scratch, 'all.jsonl')
    await writeFile(file, 'before')
    const lost = await inlet(['export', '--output', file, '--collection', 'nowhere'])
    expect([lost.code, await readFile(file, 'utf8')]).toEqual([6, 'before'])
    const done = await inlet(['export', '--output', file, '--json'])
    expect(JSON.parse(done.out)).toEqual({ path: file, entities: 10 })
    expect(lines(await readFile(file, 'utf8'))).toHaveLength(10)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await readdir(scratch)).filter(name => name.endsWith('.tmp'))).toEqual([])
    const nowhere = await inlet(['export', '--output', join(scratch, 'no', 'such', 'folder')])
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('ENOENT')])
  })

  it('mirrors into a folder, and brings it up to date, privately', async () => {
    const folder = join(scratch, 'mirror')
    const first = await inlet(['export', '--format', 'markdown', '--output', folder, '--json'])
    expect(JSON.parse(first.out)).toMatchObject({ written: 10, removed: 0 })
    expect(await paths(folder)).toContain('home/Our Slack/general/bananas.md')
    expect((await stat(join(folder, 'home'))).mode & 0o077).toBe(0)
    daemon.slack.post('C00000001', 'dates')
    const [connection] = (await daemon.ask('GET', '/source-connections?collection=home')).body as { id: string }[]
    await daemon.ask('POST', `/source-connections/${connection?.id}/run`)
    await daemon.until<{ sync: { total_runs: number } }>(
      `/source-connections/${connection?.id}`,
      ({ sync }) => sync.total_runs === 2,
    )
    const second = await inlet(['export', '--format', 'markdown', '--output', folder, '--json'])
    expect(JSON.parse(second.out)).toMatchObject({ written: 1, unchanged: 0, removed: 0 })
    expect(await paths(folder)).toContain('home/Our Slack/general/dates.md')
    expect((await inlet(['export', '--format', 'markdown', '--output', folder])).out).toContain('0 written, 0 removed')
  })

  it('is silent when its reader has read enough', async () => {
    const entry = join(import.meta.dirname, '..', '..', '..', 'daemon', 'inlet.js')
    const child = spawn(process.execPath, [entry, 'export'], {
      cwd: daemon.folder,
      env: { ...process.env, INLET_PORT: String(daemon.port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let complaints = ''
    child.stderr.on('data', chunk => {
      complaints += String(chunk)
    })
    child.stdout.destroy()
    const [code] = await once(child, 'exit')
    expect([code, complaints.replace(/\d+ entities\n/, '')]).toEqual([0, ''])
  })

  it('reads the data folder itself where inlet does not run', async () => {
    const other = await startTestDaemon()
    try {
      await connect(other)
      await other.stop()
      const done = await runInlet('export', { folder: other.folder, environment: { INLET_PORT: '1' } })
      expect([done.code, lines(done.out).length]).toEqual([0, 5])
      const empty = join(scratch, 'empty')
      await mkdir(empty)
      const nothing = await runInlet('export', { folder: empty, environment: { INLET_PORT: '1' } })
      expect([nothing.code, nothing.err]).toEqual([5, expect.stringContaining('no inlet runs')])
    } finally {
      await other.close()
    }
  })
})
