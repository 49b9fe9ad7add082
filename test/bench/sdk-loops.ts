/**
 * What the official SDKs' documentation shows for reading everything of a provider, and for asking again what changed:
 * its page helpers, with the largest pages. Where it leaves it open, several requests run at once, as many as inlet sends.
 */
import { auth, gmail } from '@googleapis/gmail'
import { Client, iteratePaginatedAPI } from '@notionhq/client'
import { LogLevel, WebClient } from '@slack/web-api'
import { mapInOrder } from '../../core/parallel.ts'

const atOnce = 8

/** Each gives how many items it has read. */
export const firstLoops = { gmail: fetchGmail, slack: fetchSlack, notion: fetchNotion }

/** After the first, with nothing new. */
export const quietLoops = { gmail: followGmail, slack: followSlack, notion: followNotion }

/** https://developers.google.com/workspace/gmail/api/guides/list-messages */
async function fetchGmail(url: string): Promise<number> {
  const users = gmailUsers(url)
  let fetched = 0
  // Names of labels are part of what is told of a message; the profile tells where the history begins.
  await users.labels.list({ userId: 'me' })
  await users.getProfile({ userId: 'me' })
  for (let pageToken: string | undefined; ; ) {
    const { data } = await users.messages.list({ userId: 'me', maxResults: 500, ...(pageToken ? { pageToken } : {}) })
    const ids = (data.messages ?? []).flatMap(({ id }) => id ?? [])
    const read = (id: string) => users.messages.get({ userId: 'me', id, format: 'full' })
    for await (const message of mapInOrder(ids, atOnce, read)) if (message.data.payload) fetched++
    pageToken = data.nextPageToken ?? undefined
    if (pageToken === undefined) return fetched
  }
}

/** https://developers.google.com/workspace/gmail/api/guides/sync#partial */
async function followGmail(url: string): Promise<void> {
  const users = gmailUsers(url)
  await users.labels.list({ userId: 'me' })
  for (let pageToken: string | undefined; ; ) {
    const paged = pageToken ? { pageToken } : {}
    const { data } = await users.history.list({ userId: 'me', startHistoryId: '1000', maxResults: 500, ...paged })
    pageToken = data.nextPageToken ?? undefined
    if (pageToken === undefined) return
  }
}

function gmailUsers(url: string) {
  const client = new auth.OAuth2()
  client.setCredentials({ access_token: 'bench' })
  return gmail({ version: 'v1', auth: client, rootUrl: url, noProxy: ['127.0.0.1'] }).users
}

/** https://docs.slack.dev/tools/node-slack-sdk/web-api/#pagination */
function fetchSlack(url: string): Promise<number> {
  return readSlack(url, {})
}

/** Slack has no feed of changes: each channel is asked for what is newer than the newest message. */
async function followSlack(url: string): Promise<void> {
  await readSlack(url, { oldest: '1760000001.000000' })
}

async function readSlack(url: string, since: { oldest?: string }): Promise<number> {
  const client = new WebClient('bench', {
    ...{ slackApiUrl: `${url}/slack/api/`, logLevel: LogLevel.ERROR, maxRequestConcurrency: atOnce },
  })
  const channels: string[] = []
  for await (const page of client.paginate('conversations.list', { limit: 999 })) {
    for (const { id } of membersOf(page, 'channels')) channels.push(id)
  }
  for await (const _page of client.paginate('users.list', { limit: 999 }));
  let fetched = 0
  const read = async (channel: string) => {
    for await (const page of client.paginate('conversations.history', { channel, limit: 999, ...since })) {
      fetched += membersOf(page, 'messages').length
    }
  }
  for await (const _read of mapInOrder(channels, atOnce, read));
  return fetched
}

function membersOf(page: object, member: 'channels' | 'messages'): { id: string }[] {
  return (page as Record<string, { id: string }[] | undefined>)[member] ?? []
}

/** https://github.com/makenotion/notion-sdk-js#utility-functions */
async function fetchNotion(url: string): Promise<number> {
  const client = notionClient(url)
  let fetched = 0
  const read = async (id: string) => {
    for await (const _block of iteratePaginatedAPI(client.blocks.children.list, { block_id: id, page_size: 100 }));
    for await (const _comment of iteratePaginatedAPI(client.comments.list, { block_id: id, page_size: 100 }));
    fetched++
  }
  let pages: string[] = []
  const readAll = async () => {
    for await (const _read of mapInOrder(pages, atOnce, read));
    pages = []
  }
  for await (const { id } of iteratePaginatedAPI(client.search, { page_size: 100 })) {
    if (pages.push(id) === 100) await readAll()
  }
  await readAll()
  return fetched
}

/** Notion has no feed of changes, nor of deletions: what is there is listed again. */
async function followNotion(url: string): Promise<void> {
  for await (const _page of iteratePaginatedAPI(notionClient(url).search, { page_size: 100 }));
}

function notionClient(url: string): Client {
  return new Client({ auth: 'bench', baseUrl: `${url}/notion` })
}
