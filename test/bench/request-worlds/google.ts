/** Google Drive and Google Calendar: the strict fakes with pages as large as Google's, and `@googleapis`. */
import { calendar } from '@googleapis/calendar'
import { drive, type drive_v3 } from '@googleapis/drive'
import { auth } from '@googleapis/gmail'
import { createFakeCalendar } from '../../support/fake-calendar.ts'
import { createFakeDrive } from '../../support/fake-drive.ts'
import { type FakeRoute, startFakeServer } from '../../support/fake-server.ts'
import { type Account, inWords, numbersTo, unlimited, type World } from './world.ts'

const documentType = 'application/vnd.google-apps.document'
const folderType = 'application/vnd.google-apps.folder'

export const driveWorld: World = {
  shortName: 'google_drive',
  full: 2000,
  what: size => `${inWords(size)} files in ${inWords(foldersFor(size))} folders`,
  async start(size) {
    const fake = createFakeDrive()
    fake.pageSize = 1000
    const folders = numbersTo(foldersFor(size)).map(index => fake.folder(`Folder ${index}`))
    for (const index of numbersTo(size)) {
      const parents = [folders[index % folders.length] ?? fake.rootId]
      fake.add({ name: `File ${index}`, parents, mimeType: typeOf(index), content: `What file ${index} says.` })
    }
    const { url, ...server } = await serve(fake.routes)
    // A drive and its files: folders are seen in breadcrumbs alone.
    return { ...server, entities: size + 1, sdk: driveLoops(url) }
  },
}

/** A tenth of the files each. */
function foldersFor(size: number): number {
  return Math.max(1, Math.round(size / 10))
}

/** Of ten files, six are text, two are Google's documents, and two are pictures, which nobody downloads. */
function typeOf(index: number): string {
  return index % 10 < 6 ? 'text/plain' : index % 10 < 8 ? documentType : 'image/png'
}

/**
 * https://developers.google.com/workspace/drive/api/guides/search-files and
 * https://developers.google.com/workspace/drive/api/guides/manage-changes
 */
function driveLoops(url: string): Account['sdk'] {
  const { files, changes } = drive({ version: 'v3', ...sdkOptions(url) })
  let token: string | undefined
  return {
    async first() {
      token = (await changes.getStartPageToken({})).data.startPageToken ?? undefined
      let entities = 1
      for (let pageToken: string | undefined; ; ) {
        const fields = 'nextPageToken,files(id,name,mimeType,parents,modifiedTime,size)'
        const { data } = await files.list({
          ...{ q: 'trashed = false', pageSize: 1000, fields },
          ...(pageToken ? { pageToken } : {}),
        })
        for (const file of data.files ?? []) {
          await download(file)
          if (file.mimeType !== folderType) entities++
        }
        pageToken = data.nextPageToken ?? undefined
        if (pageToken === undefined) return entities
      }
    },
    async quiet() {
      for (let pageToken = token ?? ''; pageToken !== ''; ) {
        const { data } = await changes.list({ pageToken, pageSize: 1000 })
        token = data.newStartPageToken ?? token
        pageToken = data.nextPageToken ?? ''
      }
    },
  }

  async function download({ id, mimeType }: drive_v3.Schema$File): Promise<void> {
    const fileId = id ?? ''
    if (mimeType === documentType) await files.export({ fileId, mimeType: 'text/markdown' })
    else if (mimeType === 'text/plain') await files.get({ fileId, alt: 'media' })
  }
}

export const calendarWorld: World = {
  shortName: 'google_calendar',
  full: 2000,
  what: size => `${inWords(size)} events in 3 calendars`,
  async start(size) {
    const fake = createFakeCalendar()
    Object.assign(fake, { pageSize: 2500, isPlain: true })
    const ids = ['me@example.com', 'team@example.com', 'home@example.com'].map((id, index) =>
      fake.addCalendar(id, { primary: index === 0 }),
    )
    for (const index of numbersTo(size)) fake.put(ids[index % ids.length] ?? '', `event${index}`)
    const { url, ...server } = await serve(fake.routes)
    return { ...server, entities: size + ids.length, sdk: calendarLoops(url) }
  },
}

/** https://developers.google.com/workspace/calendar/api/guides/sync */
function calendarLoops(url: string): Account['sdk'] {
  const { calendarList, events } = calendar({ version: 'v3', ...sdkOptions(url) })
  const tokens = new Map<string, string>()
  return { first: read, quiet: read }

  async function read(): Promise<number> {
    const { data } = await calendarList.list({ maxResults: 250 })
    let entities = 0
    for (const { id } of data.items ?? []) entities += 1 + (id ? await readEvents(id) : 0)
    return entities
  }

  async function readEvents(calendarId: string): Promise<number> {
    const syncToken = tokens.get(calendarId)
    let found = 0
    for (let pageToken: string | undefined; ; ) {
      const { data } = await events.list({
        ...{ calendarId, maxResults: 2500 },
        ...(syncToken ? { syncToken } : {}),
        ...(pageToken ? { pageToken } : {}),
      })
      found += data.items?.length ?? 0
      if (data.nextSyncToken) tokens.set(calendarId, data.nextSyncToken)
      pageToken = data.nextPageToken ?? undefined
      if (pageToken === undefined) return found
    }
  }
}

async function serve(routes: readonly FakeRoute[]) {
  const server = await startFakeServer(routes)
  const endpoints = { api: server.url, gmail: server.url }
  return {
    url: server.url,
    providers: { google: { endpoints, limits: { ...unlimited, concurrent: 8 } } },
    requests: () => server.requests.length,
    asked: () => server.requests,
    close: () => server.close(),
  }
}

function sdkOptions(url: string) {
  const client = new auth.OAuth2()
  client.setCredentials({ access_token: 'good-token' })
  return { auth: client, rootUrl: url, noProxy: ['127.0.0.1'] }
}
