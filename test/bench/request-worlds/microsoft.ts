/** OneDrive, Outlook mail and Outlook calendar: the strict fakes with pages as large as asked for, and Microsoft's client. */
import { type Client, type PageCollection, PageIterator } from '@microsoft/microsoft-graph-client'
import { type FakeOneDrive, startFakeOneDrive } from '../../support/fake-onedrive.ts'
import { startFakeOutlookCalendar } from '../../support/fake-outlook-calendar.ts'
import { startFakeOutlookMail } from '../../support/fake-outlook-mail.ts'
import type { FakeAttachment } from '../../support/fake-outlook-messages.ts'
import { type GraphFake, graphClient } from '../../support/graph-sdk.ts'
import type { OutlookServer } from '../../support/outlook-protocol.ts'
import { type Account, inWords, numbersTo, unlimited, type World } from './world.ts'

const plain = { isPlain: true, pageSize: Number.POSITIVE_INFINITY }

/** The largest page that Graph's reference names for messages and events. */
const largestPage = 1000

export const oneDriveWorld: World = {
  shortName: 'onedrive',
  full: 2000,
  what: size => `${inWords(size)} files in ${inWords(Math.max(1, Math.round(size / 10)))} folders`,
  async start(size) {
    const fake = await startFakeOneDrive()
    Object.assign(fake, plain)
    fake.giveAddresses()
    const folders = numbersTo(Math.max(1, Math.round(size / 10))).map(index => fake.folder(`Folder ${index}`))
    for (const index of numbersTo(size)) {
      const mimeType = isText(index) ? 'text/plain' : 'image/png'
      const parent = folders[index % folders.length] ?? fake.rootId
      fake.add({ name: `File ${index}`, parent, mimeType, content: `What file ${index} says.` })
    }
    return {
      ...accountOf(fake),
      // A drive and its files: folders are seen in breadcrumbs alone.
      entities: size + 1,
      requests: () => fake.server.requests.length + fake.files.requests.length,
      sdk: oneDriveLoops(fake),
    }
  },
}

/** Of ten files, eight are text and two are pictures, which nobody downloads. */
function isText(index: number): boolean {
  return index % 10 < 8
}

/** https://learn.microsoft.com/graph/api/driveitem-delta */
function oneDriveLoops(fake: FakeOneDrive): Account['sdk'] {
  let deltaLink = ''
  return {
    first: () =>
      withClient(fake, async client => {
        const drained = await drain(client, `/me/drive/root/delta?$top=${largestPage}`)
        deltaLink = drained.deltaLink
        const files = drained.items.filter(item => item.file)
        for (const { id, file } of files) {
          if ((file as { mimeType?: string }).mimeType === 'text/plain') {
            await client.api(`/me/drive/items/${id}/content`).get()
          }
        }
        return files.length + 1
      }),
    quiet: () => withClient(fake, client => drain(client, deltaLink)),
  }
}

export const outlookMailWorld: World = {
  shortName: 'outlook_mail',
  full: 2000,
  what: size => `${inWords(size)} messages in 12 folders`,
  async start(size) {
    const fake = await startFakeOutlookMail()
    Object.assign(fake, plain)
    const folders = numbersTo(12).map(index => fake.addFolder(`Folder ${index}`))
    let files = 0
    for (const index of numbersTo(size)) {
      // One of ten has a picture with it, which is listed and which nobody downloads.
      const attachments = index % 10 === 0 ? [picture] : []
      files += attachments.length
      fake.add(folders[index % folders.length] ?? '', `Message ${index}`, {}, attachments)
    }
    return { ...accountOf(fake), entities: size + files + folders.length, sdk: mailLoops(fake) }
  },
}

const picture: FakeAttachment = {
  ...{ id: 'picture=', name: 'picture.png', contentType: 'image/png', content: 'no text' },
  kind: 'fileAttachment',
}

/** https://learn.microsoft.com/graph/delta-query-messages */
function mailLoops(fake: OutlookServer): Account['sdk'] {
  const links: string[] = []
  return {
    first: () =>
      withClient(fake, async client => {
        links.length = 0
        const folders = await drain(client, '/me/mailFolders/delta')
        links.push(folders.deltaLink)
        let entities = folders.items.length
        for (const folder of folders.items) {
          const messages = await drain(client, `/me/mailFolders/${encodeURIComponent(folder.id)}/messages/delta`)
          links.push(messages.deltaLink)
          entities += messages.items.length
          for (const { id, hasAttachments } of messages.items) {
            if (!hasAttachments) continue
            const select = '?$select=id,name,contentType,size,isInline'
            const files = await drain(client, `/me/messages/${encodeURIComponent(id)}/attachments${select}`)
            entities += files.items.length
          }
        }
        return entities
      }),
    quiet: () =>
      withClient(fake, async client => {
        for (const link of links) await drain(client, link)
      }),
  }
}

export const outlookCalendarWorld: World = {
  shortName: 'outlook_calendar',
  full: 2000,
  what: size => `${inWords(size)} events in 3 calendars`,
  async start(size) {
    const fake = await startFakeOutlookCalendar()
    Object.assign(fake, plain)
    const calendars = ['Calendar', 'Team', 'Home'].map((name, index) => fake.addCalendar(name, index === 0))
    const today = Date.now()
    for (const index of numbersTo(size)) {
      const day = new Date(today + ((index % 600) - 300) * 86_400_000).toISOString().slice(0, 10)
      fake.add(calendars[index % calendars.length] ?? '', `Event ${index}`, day)
    }
    return { ...accountOf(fake), entities: size + calendars.length, sdk: calendarLoops(fake) }
  },
}

/** https://learn.microsoft.com/graph/delta-query-events */
function calendarLoops(fake: OutlookServer): Account['sdk'] {
  const links: string[] = []
  return {
    first: () =>
      withClient(fake, async client => {
        links.length = 0
        const calendars = await drain(client, '/me/calendars?$top=100')
        let entities = calendars.items.length
        const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
        for (const { id } of calendars.items) {
          const view = `/me/calendars/${encodeURIComponent(id)}/calendarView/delta`
          const events = await drain(client, `${view}?startDateTime=${day(-365)}&endDateTime=${day(366)}`)
          links.push(events.deltaLink)
          entities += events.items.length
        }
        return entities
      }),
    quiet: () =>
      withClient(fake, async client => {
        await drain(client, '/me/calendars?$top=100')
        for (const link of links) await drain(client, link)
      }),
  }
}

function accountOf(fake: Pick<OutlookServer, 'graph' | 'server' | 'close'>) {
  return {
    // Outlook answers four requests at once.
    providers: { microsoft: { endpoints: { graph: fake.graph }, limits: { ...unlimited, concurrent: 4 } } },
    requests: () => fake.server.requests.length,
    asked: () => fake.server.requests,
    close: () => fake.close(),
  }
}

async function withClient<Result>(fake: GraphFake, work: (client: Client) => Promise<Result>): Promise<Result> {
  const { graph } = fake
  try {
    return await work(graphClient(fake))
  } finally {
    fake.graph = graph
  }
}

type Item = Record<string, unknown> & { id: string }

const headers = { Prefer: `IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=${largestPage}` }

async function drain(client: Client, path: string): Promise<{ items: Item[]; deltaLink: string }> {
  const items: Item[] = []
  const first = (await client.api(path).headers(headers).get()) as PageCollection
  const take = (item: Item) => {
    items.push(item)
    return true
  }
  const iterator = new PageIterator(client, first, take, { headers })
  await iterator.iterate()
  return { items, deltaLink: iterator.getDeltaLink() ?? '' }
}
