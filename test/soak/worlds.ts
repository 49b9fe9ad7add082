/** Three providers that data come from, each small and always changing. Nothing in them ever comes back under its id. */
import type { JsonObject } from '../../core/plugin.ts'
import { createFakeCalendar } from '../support/fake-calendar.ts'
import { startFakeNotion } from '../support/fake-notion.ts'
import { text } from '../support/fake-notion-objects.ts'
import { bearer, type FakeServer, startFakeServer } from '../support/fake-server.ts'
import { startFakeSlack } from '../support/fake-slack.ts'
import { unauthenticated } from '../support/google-protocol.ts'
import type { Chance } from './chance.ts'
import type { Ledger } from './ledger.ts'
import type { Family } from './token-endpoints.ts'

export interface World {
  family: Family
  shortName: string
  /** What every row of the feed must be one of, and what inlet must hold of it: by `type:id`. */
  truth(): Map<string, string>
  /** What an entity of the API's says, in the terms of the truth. */
  shown(entity: { entity_type: string; name: string; text: string }): string
  /** Somebody does something. */
  change(): void
  /** The provider forgets what was listed, page tokens included: the next run lists all again. */
  forget(): void
  /** The endpoints of the family but for the token's. */
  endpoints: Readonly<Record<string, string>>
  server: FakeServer
  /** What was asked that no provider understands. */
  problems(): string[]
  close(): Promise<void>
}

const fewest = 8
const most = 20
/** Of requests, where the provider is in trouble. */
const shareOfTrouble = 0.01

/** @param isCalm whether the provider shall be in no trouble now */
export async function startWorlds(ledger: Ledger, chance: Chance, isCalm: () => boolean): Promise<World[]> {
  const worlds = [await startSlack(chance), await startNotion(chance), await startCalendar(chance)]
  for (const { server, change } of worlds) {
    for (let item = 0; item < fewest; item++) change()
    server.tokens = new Set()
    server.fault = request => {
      // It keeps every request for those who ask; nobody does here.
      server.requests.length = 0
      const token = bearer(request)
      if (ledger.use(token)) server.tokens?.add(token)
      else server.tokens?.delete(token)
      return !isCalm() && chance.odds(shareOfTrouble) ? { status: 503, body: {} } : undefined
    }
  }
  return worlds
}

/** More often than not something new while there is little, something old goes while there is much. */
function chooseKind(chance: Chance, count: number): 'add' | 'edit' | 'remove' {
  if (count < fewest) return 'add'
  if (count > most) return 'remove'
  return chance.pick(['add', 'edit', 'edit', 'remove'])
}

async function startSlack(chance: Chance): Promise<World> {
  const slack = await startFakeSlack({ pageSize: 5 })
  slack.addUser({ id: slack.me, name: 'ann' })
  const rooms = ['C00000001', 'C00000002']
  // Recent: what is older than the window is read again little by little only.
  const beginning = Math.floor(Date.now() / 1000) - 3 * 24 * 60 * 60
  let number = 0
  for (const room of rooms) slack.addChannel({ id: room, name: `room-${room.at(-1)}` })
  const all = () => [...slack.messages].flatMap(([room, list]) => list.map(message => ({ room, message })))
  return {
    ...{ family: 'slack', shortName: 'slack', server: slack.server, close: slack.close },
    endpoints: { api: slack.endpoints.api ?? '', authorize: slack.endpoints.authorize ?? '' },
    problems: () => [...slack.problems, ...slack.server.unknown],
    forget: () => slack.expireCursors(),
    truth: () =>
      new Map([
        [`slack_user:${slack.me}`, ''],
        ...rooms.map(room => [`slack_channel:${room}`, ''] as const),
        ...all().map(({ room, message }) => [`slack_message:${room}/${message.ts}`, String(message.text)] as const),
      ]),
    shown: ({ entity_type, text }) => (entity_type === 'slack_message' ? text : ''),
    change() {
      const kind = chooseKind(chance, all().length)
      number++
      if (kind === 'add') {
        const words = { text: `message ${number}`, ts: `${beginning + number}.000100` }
        return void slack.post(chance.pick(rooms), words)
      }
      const { room, message } = chance.pick(all())
      if (kind === 'edit') slack.edit(room, message.ts, `edited ${number}`)
      else slack.remove(room, message.ts)
    },
  }
}

async function startNotion(chance: Chance): Promise<World> {
  const notion = await startFakeNotion({ pageSize: 5, now: () => Date.now() })
  let number = 0
  const paragraph = (words: string) => notion.block('paragraph', { rich_text: [text(words)], color: 'default' })
  return {
    ...{ family: 'notion', shortName: 'notion', server: notion.server, close: notion.close },
    endpoints: { api: notion.endpoints.api, authorize: notion.endpoints.authorize },
    problems: () => [...notion.server.unknown],
    forget: () => notion.expireCursors(),
    truth: () => new Map([...notion.pages.values()].map(({ id, title }) => [`notion_page:${id}`, title])),
    shown: ({ name }) => name,
    change() {
      const kind = chooseKind(chance, notion.pages.size)
      const title = `page ${++number}`
      const blocks = [paragraph(`what ${title} says`)]
      if (kind === 'add') return void notion.addPage({ title, blocks })
      const { id } = chance.pick([...notion.pages.values()])
      if (kind === 'edit') notion.edit(id, { title, blocks })
      else notion.destroy(id)
    },
  }
}

async function startCalendar(chance: Chance): Promise<World> {
  const calendar = createFakeCalendar()
  const server = await startFakeServer(calendar.routes)
  server.refuse = unauthenticated
  const calendars = [
    calendar.addCalendar('me@example.com', { primary: true }),
    calendar.addCalendar('team@example.com'),
  ]
  let number = 0
  return {
    ...{ family: 'google', shortName: 'google_calendar', server, close: () => server.close() },
    endpoints: { api: server.url, gmail: server.url, authorize: `${server.url}/authorize` },
    problems: () => [...server.unknown],
    forget() {
      calendar.epoch++
    },
    truth: () =>
      new Map([
        ...calendars.map(id => [`google_calendar_calendar:${id}`, ''] as const),
        ...Object.entries(calendar.truth()).map(([id, name]) => [`google_calendar_event:${id}`, name] as const),
      ]),
    shown: ({ entity_type, name }) => (entity_type === 'google_calendar_event' ? name : ''),
    change() {
      const live = Object.keys(calendar.truth())
      const kind = chooseKind(chance, live.length)
      const more: JsonObject = { summary: `event ${++number}` }
      if (kind === 'add') return calendar.put(chance.pick(calendars), `event${number}`, more)
      const [calendarId = '', id = ''] = chance.pick(live).split('/')
      if (kind === 'edit') calendar.put(calendarId, id, more)
      else calendar.cancel(calendarId, id)
    },
  }
}
