/** The vendors' own clients, pointed at the proxy with an API key for a token, reach their provider. */
import { gmail } from '@googleapis/gmail'
import { Client as GraphClient } from '@microsoft/microsoft-graph-client'
import { Client as NotionClient } from '@notionhq/client'
import { LogLevel, WebClient } from '@slack/web-api'
import { ApiClient, UsersApi, WorkspacesApi } from 'asana'
import { describe, expect, it, onTestFinished } from 'vitest'
import { furnish } from '../../plugins/asana/office.ts'
import { startFakeAsana } from '../../support/fake-asana.ts'
import { createFakeGmail } from '../../support/fake-gmail.ts'
import { startFakeNotion } from '../../support/fake-notion.ts'
import { startFakeOneDrive } from '../../support/fake-onedrive.ts'
import { sdkOptions, serveGoogle } from '../../support/google-sdk.ts'
import { startProxyWorld } from '../../support/proxy-world.ts'
import { startTestDaemon } from '../harness.ts'

describe("Slack's client", () => {
  async function start() {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    const body = { short_name: 'slack', auth_fields: { access_token: 'good-token' }, sync_immediately: false }
    const { id } = (await daemon.ask('POST', '/source-connections', { body })).body as { id: string }
    const options = { retryConfig: { retries: 0 }, logLevel: LogLevel.ERROR }
    const client = new WebClient(daemon.key, { slackApiUrl: `${daemon.url}/proxy/${id}`, ...options })
    return { daemon, client }
  }

  it('reads, page by page', async () => {
    const { daemon, client } = await start()
    expect(await client.auth.test()).toMatchObject({ ok: true, user_id: daemon.slack.me })
    const { channels } = await client.conversations.list({ limit: 10 })
    expect(channels?.map(({ name }) => name)).toEqual(['general'])
    const pages: unknown[] = []
    for await (const page of client.paginate('conversations.history', { channel: 'C00000001', limit: 2 }))
      pages.push(page)
    expect(JSON.stringify(pages)).toContain('bananas')
    expect(daemon.slack.server.requests.map(({ headers }) => headers.authorization)).toEqual(
      daemon.slack.server.requests.map(() => 'Bearer good-token'),
    )
    expect(daemon.slack.problems).toEqual([])
  })

  it('writes nothing', async () => {
    const { daemon, client } = await start()
    const refusal = await client.chat
      .postMessage({ channel: 'C00000001', text: 'hello' })
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({ statusCode: 403 })
    expect(daemon.slack.server.requests).toEqual([])
  })
})

it("Notion's client reads, with a listing that is asked for by POST, and changes nothing", async () => {
  const fake = await startFakeNotion({ now: () => Date.UTC(2026, 0, 1) })
  onTestFinished(() => fake.close())
  const { daemon, connect } = await startProxyWorld({ notion: { api: fake.server.url } })
  const { url } = await connect('notion')
  const quiet = { retry: false, logger: () => {} } as const
  // Its own default version is the provider's matter: the caller's wins over ours.
  const client = new NotionClient({ auth: daemon.key, baseUrl: url, notionVersion: '2025-09-03', ...quiet })
  expect(await client.users.me({})).toMatchObject({ object: 'user' })
  expect(await client.search({ sort: { timestamp: 'last_edited_time', direction: 'ascending' } })).toMatchObject({
    object: 'list',
  })
  const before = fake.server.requests.length
  const refusal = await client.pages
    .create({ parent: { page_id: 'x' }, properties: {} })
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({ status: 403 })
  expect(fake.server.requests.length).toBe(before)
})

it("Google's client reads", async () => {
  const fake = createFakeGmail()
  const server = await serveGoogle(fake.routes)
  const { daemon, connect } = await startProxyWorld({ google: { api: 'http://127.0.0.1:1', gmail: server.url } })
  const rootUrl = `${(await connect('gmail')).url}/`
  const { rootUrl: _ofAll, ...options } = sdkOptions('', daemon.key)
  const client = gmail({ version: 'v1', ...options })
  // With each call: of an address for all calls this client drops the path.
  expect((await client.users.getProfile({ userId: 'me' }, { rootUrl })).data.emailAddress).toBe('Me@Example.com')
  expect((await client.users.labels.list({ userId: 'me' }, { rootUrl })).data.labels).toBeDefined()
  expect(server.requests.map(({ path }) => path)).toEqual(['/gmail/v1/users/me/profile', '/gmail/v1/users/me/labels'])
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer good-token'))
})

it("Asana's client reads", async () => {
  const fake = await startFakeAsana({ pageSize: 2 })
  onTestFinished(() => fake.close())
  furnish(fake.world)
  const { daemon, connect } = await startProxyWorld({ asana: { api: fake.endpoints.api ?? '' } })
  const { url } = await connect('asana')
  const client = new ApiClient()
  client.basePath = url
  client.authentications = { token: { type: 'personalAccessToken', accessToken: daemon.key } }
  expect(await new UsersApi(client).getUser('me', {})).toMatchObject({ data: { gid: expect.any(String) } })
  expect(await new WorkspacesApi(client).getWorkspaces({ limit: 2 })).toMatchObject({ data: expect.any(Array) })
  expect(fake.server.unknown).toEqual([])
})

it("Graph's client reads, in the version that it names itself", async () => {
  const fake = await startFakeOneDrive()
  onTestFinished(() => fake.close())
  const { daemon, connect } = await startProxyWorld({ microsoft: { graph: `${fake.server.url}/v1.0` } })
  const { url } = await connect('onedrive')
  const client = GraphClient.init({
    baseUrl: `${url}/`,
    // It gives its token to Graph's own hosts alone.
    fetchOptions: { headers: { 'X-API-Key': daemon.key } },
    authProvider: done => done(null, 'unused'),
  })
  expect(await client.api('/me/drive').get()).toMatchObject({ id: expect.any(String) })
  expect(fake.server.requests.map(({ path }) => path)).toEqual(['/v1.0/me/drive'])
  const plain = await daemon.ask('GET', `${new URL(url).pathname}/me/drive`)
  expect(plain.status).toBe(200)
})
