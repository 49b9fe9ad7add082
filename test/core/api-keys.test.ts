import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createInlet, type Inlet, limitInlet } from '../../core/index.ts'
import { openStore } from '../../core/store/index.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { checkpoint, note, type ScriptedPlugin, scriptedPlugin } from '../support/scripted-source.ts'

let dataDir: string
let clock: FakeClock
let inlet: Inlet
let plugin: ScriptedPlugin

beforeEach(async () => {
  plugin = scriptedPlugin(async function* () {
    yield note('apple')
    yield checkpoint(1)
  })
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-keys-'))
  clock = fakeClock()
  inlet = await open()
})
afterEach(async () => {
  await inlet.close()
  await rm(dataDir, { recursive: true, force: true })
})

function open(): Promise<Inlet> {
  return createInlet({ dataDir, plugins: [plugin], environment: {}, clock })
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

describe('a named key', () => {
  it('lives over restarts, with its last use', async () => {
    const { key, row } = await inlet.keys.create({ name: 'assistant', scope: 'sync' })
    await clock.advance(hourMs)
    expect(inlet.knownKey(key.reveal())).toMatchObject({ id: row.id, access: { scope: 'sync', collections: null } })
    await inlet.close()
    inlet = await open()
    expect(inlet.knownKey(key.reveal())).toMatchObject({ name: 'assistant', hasExpired: false })
    expect(await inlet.keys.list()).toMatchObject([{ lastUsedAt: '2026-01-01T01:00:00.000Z' }])
    expect(inlet.knownKey(`${key.reveal()}x`)).toBeUndefined()
    expect(inlet.knownKey('')).toBeUndefined()
  })

  it('has its last use written down within a minute, so that a crash takes no more', async () => {
    const { key } = await inlet.keys.create({ name: 'assistant', scope: 'read' })
    inlet.knownKey(key.reveal())
    await clock.advance(minuteMs)
    const store = await openStore({ file: join(dataDir, 'inlet.db') })
    const written = await vi.waitFor(async () => {
      const [row] = await store.apiKeys()
      expect(row?.lastUsedAt).toBe('2026-01-01T00:00:00.000Z')
      return row
    })
    expect(written?.name).toBe('assistant')
    await store.close()
  })

  it('expires, is told apart from an unknown one, and its streams end', async () => {
    const expiresAt = new Date(clock.now() + hourMs).toISOString()
    const { key } = await inlet.keys.create({ name: 'guest', scope: 'read', expiresAt })
    const known = inlet.knownKey(key.reveal())
    expect(known?.hasExpired).toBe(false)
    if (!known) throw new Error('it is not known')
    const limited = limitInlet(inlet, known.access)
    const heard = (async () => {
      let count = 0
      for await (const _ of limited.events(new AbortController().signal)) count++
      return count
    })()
    await clock.advance(hourMs)
    // Between two looks, uses are written to the disk.
    await vi.waitFor(async () => {
      await clock.advance(minuteMs)
      expect(known.access.ended?.aborted).toBe(true)
    })
    expect(await heard).toBe(0)
    expect(inlet.knownKey(key.reveal())).toMatchObject({ hasExpired: true })
    expect(await inlet.keys.list()).toMatchObject([{ name: 'guest' }])
  })

  it('is taken back while it is used', async () => {
    const { key, row } = await inlet.keys.create({ name: 'guest', scope: 'read' })
    const known = inlet.knownKey(key.reveal())
    await inlet.keys.revoke(row.id)
    expect(known?.access.ended?.aborted).toBe(true)
    expect(inlet.knownKey(key.reveal())).toBeUndefined()
    await expect(inlet.keys.revoke(row.id)).rejects.toMatchObject({ problem: 'unknown-key' })
  })

  it('prints nothing of itself', async () => {
    const made = await inlet.keys.create({ name: 'guest', scope: 'read' })
    expect(JSON.stringify(made)).toContain('[secret]')
    expect(JSON.stringify(made)).not.toContain(made.key.reveal())
  })
})

describe('an inlet that is limited', () => {
  it('has every method that there is, and none without a rule', () => {
    const limited = limitInlet(inlet, { scope: 'read', collections: [] })
    expect(Object.keys(limited).sort()).toEqual(Object.keys(inlet).sort())
    for (const part of ['collections', 'connections', 'jobs', 'signIns'] as const) {
      const methods = Object.keys(inlet[part]).filter(name => name in limited[part])
      expect(methods.length, part).toBeGreaterThan(2)
      for (const name of methods) {
        const [own, other] = [Reflect.get(inlet[part], name), Reflect.get(limited[part], name)]
        expect(own === other, `${part}.${name}`).toBe(false)
      }
    }
  })

  it('tells nothing more of a job whose connection was moved out of its collections', async () => {
    const { promise: moved, resolve: goOn } = Promise.withResolvers<void>()
    plugin.script = async function* () {
      await moved
      yield note('apple')
      yield checkpoint(1)
    }
    for (const readableId of ['home', 'work']) await inlet.collections.create({ name: readableId, readableId })
    const input = { shortName: 'scripted', collection: 'home', authFields: { access_token: 'a-token' } }
    const { id, lastJob } = await inlet.connections.create(input)
    const jobId = lastJob?.id ?? ''
    const limited = limitInlet(inlet, { scope: 'read', collections: ['home'] })
    const steps = limited.jobs.follow(id, jobId, new AbortController().signal)[Symbol.asyncIterator]()
    expect((await steps.next()).done).toBe(false)
    await inlet.connections.update(id, { collection: 'work' })
    goOn()
    const heard: string[] = []
    for (let next = await steps.next(); !next.done; next = await steps.next()) heard.push(next.value.job.status)
    expect(heard).toEqual([])
  })

  it('closes nothing', async () => {
    await expect(limitInlet(inlet, { scope: 'admin', collections: ['a'] }).close()).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect((await inlet.health()).store).toBe(true)
  })
})
