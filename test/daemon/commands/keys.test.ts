import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endOf } from '../../../daemon/commands/key-end.ts'
import { runInlet } from '../../support/command-run.ts'
import { connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let collection: string

beforeAll(async () => {
  daemon = await startTestDaemon()
  await connect(daemon)
  const [first] = (await daemon.ask('GET', '/collections')).body as { readable_id: string }[]
  collection = first?.readable_id ?? ''
})
afterAll(() => daemon.close())

const inlet = (...words: string[]) =>
  runInlet(words, { folder: daemon.folder, environment: { INLET_PORT: String(daemon.port) } })

describe('inlet keys', () => {
  it('makes a key that is printed alone, works, is listed without itself, and is taken back', async () => {
    const made = await inlet('keys', 'create', 'assistant', '--collection', collection, '--expires', '90d')
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^\S{20,}$/)])
    expect(made.err).toContain('"assistant": read')
    const headers = { 'X-API-Key': made.out }
    const read = await daemon.ask('GET', `/collections/${collection}/entities`, { headers })
    const write = await daemon.ask('POST', '/collections', { headers, body: { name: 'Mine' } })
    expect([read.status, write.status]).toEqual([200, 403])
    const listed = await inlet('keys', 'list')
    expect(listed.out).toMatch(/^NAME.*\nassistant +read +/)
    expect(listed.out).not.toContain(made.out)
    const [row] = JSON.parse((await inlet('keys', 'list', '--json')).out)
    expect(row).toMatchObject({ name: 'assistant', collections: [collection], expires_at: expect.any(String) })
    expect((await inlet('keys', 'revoke', 'assistant')).code).toBe(0)
    expect((await daemon.ask('GET', '/sources', { headers })).status).toBe(401)
    expect((await inlet('keys', 'revoke', 'assistant')).code).toBe(6)
    const empty = await inlet('keys', 'list')
    expect([empty.code, empty.out, empty.err]).toEqual([0, '', expect.stringContaining('no named keys')])
  })

  it('gives programs the whole answer, and refuses what makes no sense', async () => {
    const made = await inlet('keys', 'create', 'script', '--scope', 'admin', '--json')
    expect(JSON.parse(made.out)).toMatchObject({ name: 'script', scope: 'admin', key: expect.any(String) })
    expect(made.err).toBe('')
    expect((await inlet('keys', 'revoke', JSON.parse(made.out).id)).code).toBe(0)
    for (const words of [
      ['--scope', 'all'],
      ['--expires', 'soon'],
      ['--expires', '2020-01-01'],
      ['--expires', '2027-02-30'],
    ]) {
      expect((await inlet('keys', 'create', 'x', ...words)).code, words.join(' ')).toBe(2)
    }
    expect((await inlet('keys', 'create', 'x', '--collection', 'nowhere')).code).toBeGreaterThan(0)
  })
})

it('takes the end of a key as people say it', () => {
  const now = Date.UTC(2026, 0, 1)
  expect(endOf('12h', now)).toBe('2026-01-01T12:00:00.000Z')
  expect(endOf('90d', now)).toBe('2026-04-01T00:00:00.000Z')
  expect(endOf('2w', now)).toBe('2026-01-15T00:00:00.000Z')
  expect(endOf('2027-01-31T10:00:00+02:00', now)).toBe('2027-01-31T08:00:00.000Z')
  expect(new Date(endOf('2027-01-31', now)).toString()).toContain('Jan 31 2027 23:59:59')
})
