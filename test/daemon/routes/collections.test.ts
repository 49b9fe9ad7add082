import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type JobJson, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

interface CollectionJson {
  readable_id: string
  name: string
}

describe('a collection', () => {
  it('is made, read, renamed, and deleted, each time answered whole', async () => {
    const made = await daemon.ask('POST', '/collections/', { body: { name: 'Finance data', readable_id: 'finance' } })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      name: 'Finance data',
      readable_id: 'finance',
      organization_id: expect.any(String),
      status: 'NEEDS SOURCE',
      vector_size: 0,
      embedding_model_name: 'none',
      created_at: expect.any(String),
      modified_at: expect.any(String),
      created_by_email: null,
      modified_by_email: null,
    })
    expect((await daemon.ask('GET', '/collections/finance')).body).toEqual(made.body)
    for (const [method, name] of [
      ['PUT', 'Money'],
      ['PATCH', 'More money'],
    ] as const) {
      const changed = await daemon.ask(method, '/collections/finance/', { body: { name } })
      expect([changed.status, changed.body]).toMatchObject([200, { name, readable_id: 'finance' }])
    }
    expect((await daemon.ask('PATCH', '/collections/finance')).body).toMatchObject({ name: 'More money' })
    const deleted = await daemon.ask('DELETE', '/collections/finance')
    expect([deleted.status, deleted.body]).toMatchObject([200, { name: 'More money' }])
    expect((await daemon.ask('GET', '/collections/finance')).body).toMatchObject({
      type: '/problems/unknown-collection',
    })
  })

  it('gets a readable id from its name, and no other may have it', async () => {
    const first = (await daemon.ask('POST', '/collections', { body: { name: 'Über uns!' } })).body as CollectionJson
    expect(first.readable_id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    const again = await daemon.ask('POST', '/collections', { body: { name: 'Other', readable_id: first.readable_id } })
    expect([again.status, again.body]).toMatchObject([409, { type: '/problems/readable-id-exists' }])
  })

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'Good', readable_id: 'Not Good' }, 'readable_id'],
    [{ name: 'Good', readable_id: '' }, 'readable_id'],
    [{ name: 'Good', redable_id: 'x' }, 'redable_id'],
    [{ name: 5 }, 'name'],
  ])('is not made of %j', async (body, name) => {
    const answer = await daemon.ask('POST', '/collections', { body })
    expect([answer.status, answer.body]).toMatchObject([422, { errors: [{ loc: ['body', name] }] }])
  })

  it('is found by part of its name or id, in pages', async () => {
    for (const name of ['Search alpha', 'Search beta', 'Search gamma']) {
      await daemon.ask('POST', '/collections', { body: { name, readable_id: name.toLowerCase().replace(' ', '-') } })
    }
    const list = async (query: string) =>
      ((await daemon.ask('GET', `/collections${query}`)).body as CollectionJson[]).map(({ readable_id }) => readable_id)
    expect(await list('?search=SEARCH')).toEqual(['search-alpha', 'search-beta', 'search-gamma'])
    expect(await list('?search=search-b')).toEqual(['search-beta'])
    expect(await list('?search=search&skip=1&limit=1')).toEqual(['search-beta'])
    expect(await list('/?search=nothing-like-it')).toEqual([])
    expect((await list('?limit=1')).length).toBe(1)
    expect((await daemon.ask('GET', '/collections?limit=1001')).status).toBe(422)
  })

  it('refreshes all of its connections that can run', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Refreshed', readable_id: 'refreshed' } })
    const one = await connect(daemon, { collection: 'refreshed' })
    const two = await connect(daemon, { collection: 'refreshed' })
    await daemon.ask('POST', '/source-connections', { body: { short_name: 'slack', collection: 'refreshed' } })
    const answer = await daemon.ask('POST', '/collections/refreshed/refresh_all')
    expect(answer.status).toBe(200)
    const jobs = answer.body as (JobJson & { source_connection_id: string })[]
    expect(jobs.map(job => job.source_connection_id).sort()).toEqual([one.id, two.id].sort())
    expect((await daemon.ask('GET', '/collections/refreshed')).body).toMatchObject({ status: 'ACTIVE' })
    expect((await daemon.ask('POST', '/collections/nowhere/refresh_all')).status).toBe(404)
  })

  it('takes its connections with it, and their entities when told', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Doomed', readable_id: 'doomed' } })
    const { id } = await connect(daemon, { collection: 'doomed' })
    const { body } = await daemon.ask('GET', '/collections/doomed/entities')
    const [entity] = (body as { entities: { id: string }[] }).entities
    expect((await daemon.ask('DELETE', '/collections/doomed?delete_data=true')).status).toBe(200)
    expect((await daemon.ask('GET', `/source-connections/${id}`)).status).toBe(404)
    expect((await daemon.ask('GET', `/entities/${entity?.id}`)).status).toBe(404)
  })
})
