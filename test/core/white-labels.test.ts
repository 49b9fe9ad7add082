import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInlet, type Inlet } from '../../core/index.ts'
import { type FakeAuthorizationServer, startFakeAuthorizationServer } from '../support/fake-authorization-server.ts'

let dataDir: string
let provider: FakeAuthorizationServer
let inlet: Inlet

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  provider = await startFakeAuthorizationServer()
  inlet = await createInlet({ dataDir, plugins: [provider.plugin], environment: {} })
})

afterEach(async () => {
  await inlet.close()
  await provider.close()
  await rm(dataDir, { recursive: true, force: true })
})

const page = { skip: 0, limit: 10 }
const problem = (name: string) => expect.objectContaining({ problem: name })

function create(members: object = {}) {
  return inlet.whiteLabels.create({
    name: 'Product',
    shortName: 'fake_notes',
    redirectUrl: 'https://product.example/back',
    allowedOrigins: ['https://product.example'],
    ...provider.client,
    ...members,
  })
}

describe('a white label', () => {
  it('makes connections of its own, through its own client', async () => {
    const { id } = await create()
    const { url } = await inlet.whiteLabels.begin(id)
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('https://product.example/back')
    expect(new URL(url).searchParams.has('code_challenge')).toBe(false)
    const { code } = provider.allow(url, 'ann')
    const made = await inlet.whiteLabels.finish(id, { code, connection: { name: "Ann's notes" } })
    expect(made).toMatchObject({ name: "Ann's notes", whiteLabelId: id, account: { id: 'ann' } })
    expect((await inlet.whiteLabels.connections(id, page)).map(connection => connection.id)).toEqual([made.id])
  })

  it('carries a state of the product, which then works once and in this white label alone', async () => {
    const [{ id }, other] = [await create(), await create()]
    const { url, state } = await inlet.whiteLabels.begin(id, 'customer-7')
    expect(state).toBe('customer-7')
    expect(new URL(url).searchParams.get('state')).toBe('customer-7')
    const back = provider.allow(url, 'ann')
    await expect(inlet.whiteLabels.finish(other.id, back)).rejects.toEqual(problem('unknown-state'))
    await expect(inlet.whiteLabels.finish(id, { ...back, state: 'forged' })).rejects.toEqual(problem('unknown-state'))
    await inlet.whiteLabels.finish(id, back)
    await expect(inlet.whiteLabels.finish(id, back)).rejects.toEqual(problem('sign-in-over'))
  })

  it('finishes a connection of its own that waits, and no other one', async () => {
    const { id } = await create()
    const waiting = await inlet.connections.create({ shortName: 'fake_notes', whiteLabelId: id })
    const start = await inlet.signIns.link(waiting.id, provider.redirectUri)
    expect(new URL(start?.url ?? '').searchParams.get('redirect_uri')).toBe('https://product.example/back')
    const back = provider.allow(start?.url ?? '', 'ann')
    const other = await create()
    await expect(inlet.whiteLabels.finish(other.id, back)).rejects.toEqual(problem('unknown-state'))
    expect(await inlet.whiteLabels.finish(id, back)).toMatchObject({ id: waiting.id, account: { id: 'ann' } })
    await expect(inlet.whiteLabels.finish(id, back)).rejects.toEqual(problem('sign-in-over'))
  })

  it('has its secret in the vault and nowhere else', async () => {
    const made = await create()
    await inlet.whiteLabels.update(made.id, { clientSecret: 'another-secret-of-the-client' })
    expect(JSON.stringify(await inlet.whiteLabels.get(made.id))).not.toContain('secret')
    await inlet.vault.rotate()
    await inlet.close()
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true })
    expect(files.some(file => file.name === `${made.id}.client.json`)).toBe(true)
    for (const file of files.filter(entry => entry.isFile()))
      expect((await readFile(join(file.parentPath, file.name))).includes('secret-of-the-client')).toBe(false)
  })

  it('that cannot be kept whole is not kept at all', async () => {
    await inlet.vault.lock()
    await expect(create()).rejects.toEqual(expect.objectContaining({ code: 'vault_locked' }))
    await inlet.vault.unlock()
    expect(await inlet.whiteLabels.list(page)).toEqual([])
    await inlet.close()
    const database = new DatabaseSync(join(dataDir, 'inlet.db'))
    database.exec("create trigger full before insert on white_labels begin select raise(abort, 'full'); end")
    database.close()
    inlet = await createInlet({ dataDir, plugins: [provider.plugin], environment: {} })
    await expect(create()).rejects.toThrow()
    expect(await inlet.whiteLabels.list(page)).toEqual([])
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })

  it('gives a new secret to the connections that were made with the old one', async () => {
    const { id } = await create()
    const { url } = await inlet.whiteLabels.begin(id)
    const { code } = provider.allow(url, 'ann')
    await inlet.whiteLabels.finish(id, { code })
    await inlet.whiteLabels.update(id, { clientSecret: 'the-next-secret' })
    provider.client.clientSecret = 'the-next-secret'
    const again = await inlet.whiteLabels.begin(id)
    const second = await inlet.whiteLabels.finish(id, { code: provider.allow(again.url, 'ben').code })
    expect(second.account?.id).toBe('ben')
  })

  it('leaves its connections when it is deleted', async () => {
    const { id } = await create()
    const { url } = await inlet.whiteLabels.begin(id)
    const made = await inlet.whiteLabels.finish(id, { code: provider.allow(url, 'ann').code })
    await inlet.whiteLabels.delete(id)
    expect((await inlet.connections.get(made.id)).whiteLabelId).toBeNull()
    await expect(inlet.whiteLabels.get(id)).rejects.toEqual(problem('unknown-white-label'))
    expect(await readdir(join(dataDir, 'vault'))).toEqual([`${made.id}.json`])
  })

  it.each([
    { redirectUrl: 'http://product.example/back' },
    { redirectUrl: 'https://product.example/#back' },
    { redirectUrl: 'javascript:alert(1)' },
    { clientSecret: ' ' },
    { name: '' },
    { allowedOrigins: ['*'] },
    { allowedOrigins: ['https://product.example/path'] },
  ])('is refused with %j', async members => {
    await expect(create(members)).rejects.toEqual(expect.objectContaining({ code: 'invalid' }))
    expect(await inlet.whiteLabels.list(page)).toEqual([])
  })
})
