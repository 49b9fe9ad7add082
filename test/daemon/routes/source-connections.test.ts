import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConnectionJson, connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

const authFields = { access_token: 'good-token' }
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const nobody = '00000000-0000-4000-8000-000000000000'

async function make(members: object): Promise<Record<string, unknown> & { id: string }> {
  const answer = await daemon.ask('POST', '/source-connections/', {
    body: { short_name: 'slack', sync_immediately: false, ...members },
  })
  expect(answer.status, answer.text).toBe(201)
  return answer.body as Record<string, unknown> & { id: string }
}

async function refusal(members: object) {
  const answer = await daemon.ask('POST', '/source-connections', { body: { short_name: 'slack', ...members } })
  return { status: answer.status, ...(answer.body as { type: string; detail: string; errors?: { loc: unknown[] }[] }) }
}

describe('creating a connection', () => {
  it('stores the credential, starts the first job, and shows neither', async () => {
    const connection = await connect(daemon, { name: 'My workspace', description: 'All of it' })
    expect(connection).toMatchObject({
      name: 'My workspace',
      description: 'All of it',
      short_name: 'slack',
      status: 'active',
      auth_fields: { access_token: '********' },
      latest_sync_job_status: 'completed',
      latest_sync_job_error: null,
      error_category: null,
      auth: { method: 'oauth_token', authenticated: true, auth_url: null },
      sync: {
        total_runs: 1,
        successful_runs: 1,
        failed_runs: 0,
        last_job: { trigger: 'create', entities_inserted: 5 },
      },
      entities: { total_entities: 5, by_type: { slack_message: { count: 3 } } },
    })
  })

  it('answers under the names of both generations of clients', async () => {
    const made = await make({
      auth_fields: authFields,
      config_fields: { channels: ['general'] },
      cron_schedule: '0 3 * * *',
      timezone: 'UTC',
    })
    expect(made).toMatchObject({
      readable_collection_id: made.collection,
      config: { channels: ['general'] },
      config_fields: { channels: ['general'] },
      cron_schedule: '0 3 * * *',
      timezone: 'UTC',
      schedule: { cron: '0 3 * * *', timezone: 'UTC', next_run: made.next_scheduled_run },
      white_label_id: null,
      federated_search: false,
    })
    expect(made.name).toMatch(/^Slack .{1,36}$/)
    for (const name of ['id', 'organization_id', 'sync_id', 'connection_id']) expect(made[name]).toMatch(uuid)
    for (const name of ['created_at', 'modified_at', 'next_scheduled_run']) expect(made[name]).toMatch(iso)
    const again = (await daemon.ask('GET', `/source-connections/${made.id}`)).body
    expect(again).toMatchObject({ sync_id: made.sync_id, connection_id: made.connection_id })
  })

  it('waits for a credential where none is given', async () => {
    const made = await make({})
    expect(made).toMatchObject({
      status: 'pending_auth',
      auth_fields: {},
      auth: { authenticated: false, method: 'oauth_browser' },
    })
    const run = await daemon.ask('POST', `/source-connections/${made.id}/run`)
    expect(run.status).toBe(409)
    expect(run.body).toMatchObject({ type: '/problems/pending-auth', connection_id: made.id })
  })

  it.each([
    [{ auth_fields: {} }, 'missing', ['body', 'auth_fields', 'access_token']],
    [{ auth_fields: { acess_token: 'x', access_token: 'y' } }, 'unknown', ['body', 'auth_fields', 'acess_token']],
    [{ auth_fields: { access_token: '' } }, 'invalid', ['body', 'auth_fields', 'access_token']],
    [{ auth_fields: { access_token: ' x' } }, 'invalid', ['body', 'auth_fields', 'access_token']],
    [{ auth_fields: { access_token: 'a\u0000b' } }, 'invalid', ['body', 'auth_fields', 'access_token']],
    [{ auth_fields: { access_token: 5 } }, 'invalid', ['body', 'auth_fields', 'access_token']],
    [{ authentication: { access_token: ' x' } }, 'invalid', ['body', 'authentication', 'access_token']],
    [{ authentication: { access_token: 'x', nonsense: 'y' } }, 'unknown', ['body', 'authentication', 'nonsense']],
    [{ authentication: { credentials: {} } }, 'missing', ['body', 'authentication', 'credentials', 'access_token']],
  ])('refuses the credential %j in the words it was given in', async (members, type, loc) => {
    const refused = await refusal(members)
    expect(refused).toMatchObject({ status: 422, type: '/problems/invalid-auth-fields', errors: [{ loc, type }] })
    expect(refused.detail).toContain('access_token')
  })

  it.each([
    [{ config_fields: { chanels: ['x'] } }, ['body', 'config_fields', 'chanels']],
    [{ config: { channels: 'x' } }, ['body', 'config', 'channels']],
  ])('refuses the configuration %j', async (members, loc) => {
    expect(await refusal({ auth_fields: authFields, ...members })).toMatchObject({
      status: 422,
      type: '/problems/invalid-config-fields',
      errors: [{ loc }],
    })
  })

  it.each([
    [{ cron_schedule: 'every day' }, ['body', 'cron_schedule']],
    [{ schedule: { cron: '61 * * * *' } }, ['body', 'schedule', 'cron']],
    [{ cron_schedule: '0 0 * * *', timezone: 'Mars/Olympus' }, ['body', 'timezone']],
    [{ schedule: { cron: '0 0 * * *', timezone: 'Mars/Olympus' } }, ['body', 'schedule', 'timezone']],
  ])('refuses the schedule %j', async (members, loc) => {
    expect(await refusal(members)).toMatchObject({ status: 422, type: '/problems/invalid-request', errors: [{ loc }] })
  })

  it.each([
    [{ short_name: 'slak' }, '/problems/unknown-source'],
    [{ collection: 'nowhere' }, '/problems/unknown-collection'],
    [{ white_label_id: nobody }, '/problems/unknown-white-label'],
    [{ white_label_id: '' }, '/problems/unknown-white-label'],
  ])('answers 404 to %j', async (members, type) => {
    const refused = await refusal({ auth_fields: authFields, ...members })
    expect(refused).toMatchObject({ status: 404, type })
    if (type === '/problems/unknown-source') expect(refused.detail).toMatch(/gmail.*slack|slack.*gmail/)
  })

  it('waits for a sign-in, and says where, with the client that it was given', async () => {
    const authentication = { client_id: 'mine', client_secret: 'mine-secret', redirect_uri: 'https://x.example/back' }
    const made = await daemon.ask('POST', '/source-connections', { body: { short_name: 'slack', authentication } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ status: 'pending_auth', auth: { method: 'oauth_browser' } })
    const { id, auth } = made.body as { id: string; auth: { auth_url: string } }
    const asked = new URL(auth.auth_url).searchParams
    expect([asked.get('client_id'), asked.get('redirect_uri')]).toEqual(['mine', 'https://x.example/back'])
    expect(made.text).not.toContain('mine-secret')
    expect((await daemon.ask('GET', `/source-connections/${id}`)).body).toMatchObject({
      auth: { auth_url: auth.auth_url },
    })
    await daemon.ask('DELETE', `/source-connections/${id}`)
  })

  it('asks the provider once when told to validate, and keeps nothing that does not work', async () => {
    const files = () => readdir(join(daemon.folder, 'data', 'vault'))
    const before = (await files()).length
    const refused = await refusal({ auth_fields: { access_token: 'bad-token' }, validate: true })
    expect(refused).toMatchObject({ status: 400, type: '/problems/token-check-failed' })
    expect(await files()).toHaveLength(before)
    const listed = (await daemon.ask('GET', '/source-connections')).text
    expect(listed).not.toContain('bad-token')
    const made = await make({ auth_fields: authFields, validate: true })
    expect(made).toMatchObject({ auth: { account: { id: expect.stringContaining(daemon.slack.me) } } })
  })

  it('asks before a new token takes the place of the stored one, when told to validate', async () => {
    const { id } = await connect(daemon)
    const file = join(daemon.folder, 'data', 'vault', `${id}.json`)
    const before = await readFile(file, 'utf8')
    const change = (token: string) =>
      daemon.ask('PATCH', `/source-connections/${id}`, {
        body: { auth_fields: { access_token: token }, validate: true },
      })
    expect((await change('bad-token')).body).toMatchObject({ status: 400, type: '/problems/token-check-failed' })
    expect(await readFile(file, 'utf8')).toBe(before)
    expect((await change('good-token')).status).toBe(200)
    expect(await readFile(file, 'utf8')).not.toBe(before)
  })

  it('answers 400 where the provider cannot be asked', async () => {
    daemon.slack.server.fault = () => ({ status: 403, body: {} })
    try {
      const refused = await refusal({ auth_fields: authFields, validate: true })
      expect(refused).toMatchObject({ status: 400, type: '/problems/token-check-failed' })
    } finally {
      daemon.slack.server.fault = undefined
    }
  })

  it('without validating leaves a bad token to the sync', async () => {
    const connection = await connect(daemon, { auth_fields: { access_token: 'bad-token' } })
    expect(connection).toMatchObject({ status: 'needs_reauth', latest_sync_job_status: 'failed' })
    const { error_category } = connection as unknown as { error_category: string }
    expect(error_category).toMatch(/^token_/)
  })
})

describe('listing connections', () => {
  it('pages, and filters by collection', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Listed', readable_id: 'listed' } })
    const ids: string[] = []
    for (const name of ['List one', 'List two', 'List three']) {
      ids.push((await make({ name, readable_collection_id: 'listed', auth_fields: authFields })).id)
    }
    const list = async (query: string) =>
      (await daemon.ask('GET', `/source-connections${query}`)).body as ConnectionJson[]
    expect((await list('?collection=listed')).map(({ id }) => id)).toEqual(ids)
    expect((await list('/?collection=listed&skip=1&limit=1')).map(({ id }) => id)).toEqual([ids[1]])
    expect(await list('?collection=nowhere')).toMatchObject({ status: 404, type: '/problems/unknown-collection' })
    expect((await list('')).length).toBeGreaterThan(3)
    expect((await list('?collection=listed'))[0]).toMatchObject({
      is_authenticated: true,
      auth_method: 'oauth_token',
      entity_count: 0,
      federated_search: false,
      sync_id: expect.stringMatching(uuid),
      readable_collection_id: 'listed',
    })
  })

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=x', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=', 'limit'],
    ['?skip=-1', 'skip'],
    ['?limit=1&limit=2', 'limit'],
  ])('refuses %s', async (query, name) => {
    const answer = await daemon.ask('GET', `/source-connections${query}`)
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ loc: ['query', name] }] })
  })
})

describe('one connection', () => {
  it('never shows its secrets, whatever is asked', async () => {
    const { id } = await make({ auth_fields: { ...authFields, client_id: 'public', refresh_token: 'renew-me' } })
    for (const query of ['', '?show_auth_fields=true', '?show_auth_fields=false']) {
      const answer = await daemon.ask('GET', `/source-connections/${id}${query}`)
      expect(answer.body).toMatchObject({
        auth_fields: { access_token: '********', client_id: '********', refresh_token: '********' },
      })
      expect(answer.text).not.toMatch(/good-token|renew-me|public/)
    }
    expect((await daemon.ask('GET', `/source-connections/${id}?show_auth_fields=maybe`)).status).toBe(422)
  })

  it('is found in capitals too', async () => {
    const { id } = await make({})
    expect((await daemon.ask('GET', `/source-connections/${id.toUpperCase()}`)).body).toMatchObject({ id })
  })

  it.each([
    ['GET', ''],
    ['PUT', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/run'],
    ['GET', '/jobs'],
  ])('that is unknown answers 404 to %s %s, and so does what is no id', async (method, path) => {
    for (const id of [nobody, 'nonsense', `${nobody}x`, '%00', '..%2F..']) {
      const answer = await daemon.ask(method, `/source-connections/${id}${path}`)
      expect([id, answer.status]).toEqual([id, 404])
      expect(answer.body).toMatchObject({ type: '/problems/unknown-connection' })
    }
  })
})

describe('changing a connection', () => {
  it.each(['PUT', 'PATCH'])('with %s changes what is named, and nothing else', async method => {
    const made = await make({ name: 'Before', description: 'old', auth_fields: authFields, cron_schedule: '0 3 * * *' })
    const answer = await daemon.ask(method, `/source-connections/${made.id}/`, {
      body: { name: 'After', config: { history_days: 3 }, connection_id: nobody },
    })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toMatchObject({
      ...{ id: made.id, name: 'After', description: 'old', config_fields: { history_days: 3 } },
      ...{ cron_schedule: '0 3 * * *', auth_fields: { access_token: '********' }, created_at: made.created_at },
    })
    const cleared = await daemon.ask(method, `/source-connections/${made.id}`, {
      body: { cron_schedule: null, description: null },
    })
    expect(cleared.body).toMatchObject({
      ...{ name: 'After', description: null, cron_schedule: null, next_scheduled_run: null },
      schedule: { cron: null, next_run: null },
    })
  })

  it('is seen by whoever asks next, and what did not change is answered the same', async () => {
    const { id } = await make({ name: 'First name', auth_fields: authFields })
    const get = () => daemon.ask('GET', `/source-connections/${id}`)
    for (const name of ['Second name', 'Third name']) {
      await daemon.ask('PATCH', `/source-connections/${id}`, { body: { name } })
      const [one, other] = [await get(), await get()]
      expect(one.body).toMatchObject({ id, name })
      expect(other.text).toBe(one.text)
    }
    const job = await daemon.ask('POST', `/source-connections/${id}/run`)
    expect((await get()).body).toMatchObject({ latest_sync_job_id: (job.body as { id: string }).id })
    await daemon.until<ConnectionJson>(`/source-connections/${id}`, ({ status }) => status === 'active')
    expect((await get()).body).toMatchObject({ name: 'Third name', latest_sync_job_status: 'completed' })
  })

  it('replaces the credential, and so ends needs_reauth', async () => {
    const { id, status } = await connect(daemon, { auth_fields: { access_token: 'revoked-token' } })
    expect(status).toBe('needs_reauth')
    const answer = await daemon.ask('PATCH', `/source-connections/${id}`, { body: { auth_fields: authFields } })
    expect(answer.body).toMatchObject({ status: 'active', auth: { authenticated: true } })
    expect((await daemon.ask('POST', `/source-connections/${id}/run`)).status).toBe(200)
    await daemon.until<ConnectionJson>(
      `/source-connections/${id}`,
      connection => connection.latest_sync_job_status === 'completed',
    )
  })

  it.each([
    [{ nam: 'x' }, 422, '/problems/invalid-request'],
    [{ name: 'x' }, 422, '/problems/invalid-request'],
    [{ auth_fields: { access_token: '********' } }, 422, '/problems/invalid-auth-fields'],
    [{ collection: 'nowhere' }, 404, '/problems/unknown-collection'],
    [{ white_label_id: nobody }, 404, '/problems/unknown-white-label'],
    [{ white_label_id: '' }, 404, '/problems/unknown-white-label'],
    [{ short_name: 'gmail' }, 422, '/problems/invalid-request'],
  ])('refuses %j', async (body, status, type) => {
    const { id } = await make({})
    const answer = await daemon.ask('PATCH', `/source-connections/${id}`, { body })
    expect([answer.status, (answer.body as { type: string }).type]).toEqual([status, type])
  })
})

describe('deleting a connection', () => {
  it('answers what it was, destroys the credential and keeps the entities', async () => {
    const made = (await connect(daemon, { name: 'Doomed' })) as ConnectionJson & { collection: string }
    const file = `${made.id}.json`
    const vault = join(daemon.folder, 'data', 'vault')
    expect(await readdir(vault)).toContain(file)
    const answer = await daemon.ask('DELETE', `/source-connections/${made.id}`)
    expect([answer.status, answer.body]).toMatchObject([200, { id: made.id, name: 'Doomed' }])
    expect(await readdir(vault)).not.toContain(file)
    expect((await daemon.ask('GET', `/source-connections/${made.id}`)).status).toBe(404)
    const { body } = await daemon.ask('GET', `/collections/${made.collection}/entities`)
    expect((body as { entities: unknown[] }).entities).toHaveLength(5)
  })

  it('takes the entities with it when told', async () => {
    const made = (await connect(daemon)) as ConnectionJson & { collection: string }
    expect((await daemon.ask('DELETE', `/source-connections/${made.id}?delete_data=true`)).status).toBe(200)
    const { body } = await daemon.ask('GET', `/collections/${made.collection}/entities`)
    expect((body as { entities: unknown[] }).entities).toEqual([])
  })

  it('refuses a delete_data that is neither true nor false', async () => {
    const { id } = await make({})
    expect((await daemon.ask('DELETE', `/source-connections/${id}?delete_data=perhaps`)).status).toBe(422)
    expect((await daemon.ask('GET', `/source-connections/${id}`)).status).toBe(200)
  })
})
