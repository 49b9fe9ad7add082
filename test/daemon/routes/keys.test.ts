import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessScope, accessScopes } from '../../../core/access.ts'
import {
  type Answer,
  type AskOptions,
  type ConnectionJson,
  connect,
  startTestDaemon,
  type TestDaemon,
} from '../harness.ts'

let daemon: TestDaemon
/** One connection in each of two collections, both with everything of the workspace. */
let here: ConnectionJson & { collection: string }
let there: ConnectionJson & { collection: string }

beforeAll(async () => {
  daemon = await startTestDaemon()
  here = (await connect(daemon)) as typeof here
  there = (await connect(daemon)) as typeof there
})
afterAll(() => daemon.close())

interface NewKey {
  id: string
  name: string
  key: string
  hint: string
}

let made = 0
async function makeKey(scope: AccessScope, others: object = {}): Promise<NewKey> {
  const { status, body } = await daemon.ask('POST', '/keys', { body: { name: `key ${++made}`, scope, ...others } })
  expect(status).toBe(201)
  return body as NewKey
}

function asker({ key }: NewKey) {
  return (method: string, path: string, options: AskOptions = {}): Promise<Answer> =>
    daemon.ask(method, path, { ...options, headers: { 'X-API-Key': key, ...options.headers } })
}

interface Operation {
  method: string
  path: string
  scope: AccessScope | undefined
  isOpen: boolean
  isForEverything: boolean
}

async function operations(): Promise<Operation[]> {
  const { body } = await daemon.ask('GET', '/openapi.json')
  const { paths } = body as { paths: Record<string, Record<string, { security?: { key?: string[] }[] }>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      scope: accessScopes.find(name => name === operation.security?.[0]?.key?.[0]),
      isOpen: operation.security?.length === 0,
      isForEverything: 'x-inlet-reach' in operation,
    })),
  )
}

/** For the owner alone. */
const owned = ['/backup', '/sign-in/links']

function addressOf({ path }: Operation): string {
  const values: Record<string, string> = {
    source_connection_id: here.id,
    readable_id: here.collection,
    short_name: 'slack',
  }
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? '00000000-0000-4000-8000-000000000000')
}

describe('each route', () => {
  it('states the scope that it takes, or that it takes none', async () => {
    const silent = (await operations()).filter(({ scope, isOpen }) => scope === undefined && !isOpen)
    expect([...new Set(silent.map(({ path }) => path))].sort()).toEqual(owned)
  })

  it('is for whoever holds the scope, and for no one below it', async () => {
    const keys = { read: await makeKey('read'), sync: await makeKey('sync'), admin: await makeKey('admin') }
    let refused = 0
    for (const operation of await operations()) {
      const { method, path, scope, isOpen } = operation
      for (const held of accessScopes) {
        const reaches = isOpen || (scope !== undefined && accessScopes.indexOf(held) >= accessScopes.indexOf(scope))
        // What reaches its route would do its work: another test does that.
        if (reaches) continue
        const answer = await asker(keys[held])(method, addressOf(operation))
        expect([held, method, path, answer.status]).toEqual([held, method, path, 403])
        expect(answer.body).toMatchObject({ type: '/problems/key-not-allowed' })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(40)
  })

  it('that looks answers a key that looks', async () => {
    const ask = asker(await makeKey('read'))
    let answered = 0
    for (const operation of (await operations()).filter(({ method, scope }) => method === 'GET' && scope === 'read')) {
      if (operation.path.endsWith('/events')) continue
      const { status } = await ask('GET', addressOf(operation))
      expect([operation.path, status]).not.toEqual([operation.path, 403])
      answered++
    }
    expect(answered).toBeGreaterThan(8)
  })

  it('is for the owner alone where it is a page of the dashboard', async () => {
    const ask = asker(await makeKey('admin'))
    for (const path of ['/', '/settings', '/search?query=x', `/connections/${here.id}`, '/connect']) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 403])
    }
  })

  it('still says 404 and 405 where nothing is', async () => {
    const ask = asker(await makeKey('read'))
    expect((await ask('GET', '/nothing')).status).toBe(404)
    expect((await ask('DELETE', '/events')).status).toBe(405)
  })
})

describe('a key that is limited to a collection', () => {
  it('finds in it what there is', async () => {
    const ask = asker(await makeKey('read', { collections: [here.collection] }))
    expect((await ask('GET', '/collections')).body).toMatchObject([{ readable_id: here.collection }])
    expect((await ask('GET', '/source-connections')).body).toMatchObject([{ id: here.id }])
    expect((await ask('GET', '/source-connections?skip=1')).body).toEqual([])
    expect((await ask('GET', `/source-connections/${here.id}`)).status).toBe(200)
    const found = await ask('GET', `/collections/${here.collection}/search?query=bananas`)
    expect(found.body).toMatchObject({ results: [{ source_connection_id: here.id }] })
    const { body } = await ask('GET', `/collections/${here.collection}/entities`)
    const [entity] = (body as { entities: { id: string }[] }).entities
    expect((await ask('GET', `/entities/${entity?.id}`)).status).toBe(200)
  })

  it('sees nothing else, as if it were not there', async () => {
    const { body } = await daemon.ask('GET', `/collections/${there.collection}/entities`)
    const [entity] = (body as { entities: { id: string }[] }).entities
    const one = `/source-connections/${there.id}`
    const job = there.latest_sync_job_id
    const collection = `/collections/${there.collection}`
    const requests: [string, string, object?][] = [
      ['GET', collection],
      ['PATCH', collection, { name: 'Mine now' }],
      ['DELETE', collection],
      ['POST', `${collection}/refresh_all`],
      ['GET', `${collection}/search?query=bananas`],
      ['POST', `${collection}/search`, { query: 'bananas' }],
      ['GET', `${collection}/entities`],
      ['GET', `/source-connections?collection=${there.collection}`],
      ['GET', `/entities/${entity?.id}`],
      ['GET', one],
      ['PATCH', one, { name: 'Mine now' }],
      ['DELETE', one],
      ['POST', `${one}/run`],
      ['POST', `${one}/check`],
      ['GET', `${one}/jobs`],
      ['GET', `${one}/jobs/${job}`],
      ['POST', `${one}/jobs/${job}/cancel`],
      ['HEAD', `${one}/jobs/${job}/events`],
      ['GET', `/source-connections/slack/oauth2_url?source_connection_id=${there.id}`],
      ['PATCH', `/source-connections/${here.id}`, { collection: there.collection }],
      ['POST', '/source-connections', { short_name: 'slack', collection: there.collection }],
    ]
    const ask = asker(await makeKey('admin', { collections: [here.collection] }))
    for (const [method, path, sent] of requests) {
      const { status, text } = await ask(method, path, sent ? { body: sent } : {})
      expect([method, path, status]).toEqual([method, path, 404])
      expect(text).not.toContain('Mine now')
      // What is nowhere is told in the same words.
      const [place, own] = [there.collection, there.id].map(name => name.replace(/[0-9a-f]/g, '0'))
      const nowhere = (line: string) =>
        line.replaceAll(there.collection, String(place)).replaceAll(there.id, String(own))
      if (method === 'HEAD' || entity?.id === undefined) continue
      const absent = await ask(method, nowhere(path).replace(entity.id, '00000000-0000-4000-8000-000000000000'), {
        ...(sent && { body: nowhere(JSON.stringify(sent)) }),
      })
      expect(nowhere(text).replaceAll(entity.id, '00000000-0000-4000-8000-000000000000')).toBe(nowhere(absent.text))
    }
    expect((await daemon.ask('GET', one)).status).toBe(200)
  })

  it('makes nothing outside, and touches nothing that is for all', async () => {
    const ask = asker(await makeKey('admin', { collections: [here.collection] }))
    const requests: [string, string, object?][] = [
      ['POST', '/collections', { name: 'Another' }],
      ['POST', '/source-connections', { short_name: 'slack' }],
      ['POST', '/keys', { name: 'more', scope: 'admin' }],
      ['GET', '/keys'],
      ['GET', '/white-labels'],
      ['GET', '/vault'],
      ['POST', '/vault/lock'],
      ['GET', '/source-connections/slack/oauth2_url'],
    ]
    for (const [method, path, sent] of requests) {
      const { status } = await ask(method, path, sent ? { body: sent } : {})
      expect([method, path, status]).toEqual([method, path, 403])
    }
    const body = { short_name: 'slack', collection: here.collection, auth_fields: { access_token: 'good-token' } }
    const own = await ask('POST', '/source-connections', { body: { ...body, sync_immediately: false } })
    expect(own.status).toBe(201)
    expect((await ask('DELETE', `/source-connections/${(own.body as { id: string }).id}`)).status).toBe(200)
  })

  it('hears of nothing else', async () => {
    const { key } = await makeKey('read', { collections: [here.collection] })
    const leave = new AbortController()
    const response = await fetch(`${daemon.url}/events`, { headers: { 'X-API-Key': key }, signal: leave.signal })
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
    await daemon.ask('POST', `/source-connections/${there.id}/run`)
    await daemon.until<ConnectionJson>(`/source-connections/${there.id}`, ({ status }) => status === 'active')
    await daemon.ask('POST', `/source-connections/${here.id}/run`)
    let heard = ''
    while (!heard.includes('job.completed')) heard += (await reader.read()).value
    expect(heard).toContain(here.id)
    expect(heard).not.toContain(there.id)
    leave.abort()
    await daemon.until<ConnectionJson>(`/source-connections/${here.id}`, ({ status }) => status === 'active')
  })

  it('reaches no collection of the same name that is made later', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Short life', readable_id: 'short-life' } })
    const ask = asker(await makeKey('read', { collections: ['short-life'] }))
    expect((await ask('GET', '/collections/short-life')).status).toBe(200)
    await daemon.ask('DELETE', '/collections/short-life')
    await daemon.ask('POST', '/collections', { body: { name: 'Another life', readable_id: 'short-life' } })
    expect((await ask('GET', '/collections/short-life')).status).toBe(404)
    expect((await ask('GET', '/collections')).body).toEqual([])
  })
})

describe('where a person signs in', () => {
  it('is told to whoever may change connections, since what is signed in there flows into one', async () => {
    const { body } = await daemon.ask('POST', '/source-connections', {
      body: { short_name: 'slack', authentication: {} },
    })
    const { id, collection } = body as { id: string; collection: string }
    const urlFor = async (key: NewKey) => {
      const answer = await asker(key)('GET', `/source-connections/${id}`)
      return (answer.body as { auth: { auth_url: string | null } }).auth.auth_url
    }
    expect(await urlFor(await makeKey('admin', { collections: [collection] }))).toMatch(/^http/)
    expect(await urlFor(await makeKey('sync'))).toBeNull()
  })
})

describe('a key', () => {
  it('is shown once, and is nowhere on the disk but as its hash', async () => {
    const key = await makeKey('read')
    expect(key.key).toMatch(/^inlet_[\w-]{43}$/)
    expect(key.hint).toBe(key.key.slice(-4))
    for (const path of ['/keys', `/keys/${key.id}`]) {
      const { text } = await daemon.ask('GET', path)
      expect(text).toContain(key.name)
      expect(text).not.toContain(key.key)
      expect(text).not.toContain(createHash('sha256').update(key.key).digest('hex'))
    }
    const data = join(daemon.folder, 'data')
    const files = (await readdir(data, { recursive: true })).filter(name => name.startsWith('inlet.db'))
    expect(files.length).toBeGreaterThan(0)
    const content = Buffer.concat(await Promise.all(files.map(name => readFile(join(data, name)))))
    expect(content.includes(key.key.slice(6))).toBe(false)
    expect(content.includes(createHash('sha256').update(key.key).digest('hex'))).toBe(true)
    expect(daemon.printed.join('\n')).not.toContain(key.key.slice(6))
  })

  it('works as X-API-Key and as a bearer token, and its last use is known', async () => {
    const { id, key } = await makeKey('read')
    expect((await daemon.ask('GET', `/keys/${id}`)).body).toMatchObject({ last_used_at: null })
    const response = await fetch(`${daemon.url}/collections`, { headers: { Authorization: `Bearer ${key}` } })
    expect(response.status).toBe(200)
    const { last_used_at: used } = (await daemon.ask('GET', `/keys/${id}`)).body as { last_used_at: string }
    expect(Date.parse(used)).toBeGreaterThan(0)
  })

  it('opens nothing once it is revoked, and what follows with it ends', async () => {
    const { id, key } = await makeKey('read')
    const response = await fetch(`${daemon.url}/events`, { headers: { 'X-API-Key': key } })
    expect(response.status).toBe(200)
    expect((await daemon.ask('DELETE', `/keys/${id}`)).body).toMatchObject({ id })
    // Ends by itself.
    await response.text()
    const again = await fetch(`${daemon.url}/collections`, { headers: { 'X-API-Key': key } })
    expect(again.status).toBe(401)
    expect((await daemon.ask('DELETE', `/keys/${id}`)).status).toBe(404)
  })

  it('opens no dashboard', async () => {
    const { key } = await makeKey('admin')
    const form = new URLSearchParams({ key })
    const headers = { Accept: 'text/html', Origin: daemon.url }
    const response = await fetch(`${daemon.url}/sign-in`, { method: 'POST', body: form, headers, redirect: 'manual' })
    expect(response.status).toBe(422)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('has a name of its own', async () => {
    const { name } = await makeKey('read')
    const again = await daemon.ask('POST', '/keys', { body: { name, scope: 'read' } })
    expect(again).toMatchObject({ status: 409, body: { type: '/problems/key-name-exists' } })
  })

  it.each([
    [{ name: 'x' }, 422],
    [{ name: 'x', scope: 'write' }, 422],
    [{ name: '', scope: 'read' }, 422],
    [{ name: 'a\nb', scope: 'read' }, 422],
    [{ name: 'x', scope: 'read', collections: [] }, 422],
    [{ name: 'x', scope: 'read', collections: ['nowhere'] }, 404],
    [{ name: 'x', scope: 'read', expires_at: 'tomorrow' }, 422],
    [{ name: 'x', scope: 'read', expires_at: '+275760-09-12T23:59:59.970Z' }, 422],
    [{ name: 'x', scope: 'read', expires_at: '2001-01-01T00:00:00Z' }, 422],
    [{ name: 'x', scope: 'read', scopes: ['admin'] }, 422],
  ])('is not made of %j', async (body, status) => {
    expect((await daemon.ask('POST', '/keys', { body })).status).toBe(status)
  })
})
