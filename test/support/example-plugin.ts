/** A provider with one source, as one writes it outside of inlet: name this file under `plugins` in the configuration. */
import { type Change, type Context, type Entity, oauth2, type Plugin, type Source } from 'inlet/plugin'

type Note = { id: string; title: string; tags: string[]; url: string; edited_at: string }
type Page = { notes: Note[]; next_page_token?: string }
type Changes = { changes: { id: string; note: Note | null }[]; next_page_token?: string; since: string }
/** Where to go on, and which notes could not be read so far. */
type Cursor = { since: string; unread: string[] }

const entityType = 'notebook_note'
const paging = { parameter: 'page_token', next: (page: Page | Changes) => page.next_page_token }

const notebook: Source<Cursor> = {
  shortName: 'notebook',
  title: 'Notebook',
  description: 'Notes with their tags.',
  labels: ['notes'],
  scopes: ['notes.read'],
  entityTypes: [entityType],
  configFields: [{ name: 'tag', title: 'Tag', description: 'Only notes with this tag.', type: 'string' }],

  identify: ({ api, endpoints }) => api.get(`${endpoints.api}/me`, { expect: ['id', 'name'] }),

  async *sync(context, cursor) {
    const { api, endpoints } = context
    const unread = new Set(cursor?.unread)
    if (!cursor) {
      // Asked for before the listing, so that nothing falls in between.
      const { since } = await api.get<{ since: string }>(`${endpoints.api}/since`, { expect: ['since'] })
      for await (const page of api.pages<Page>(`${endpoints.api}/notes`, { ...paging, expect: ['notes'] })) {
        for (const note of page.notes) yield* follow(context, note.id, note, unread)
      }
      return yield { type: 'checkpoint', cursor: { since, unread: [...unread] } }
    }
    for (const id of cursor.unread) yield* follow(context, id, undefined, unread)
    const options = { ...paging, query: { since: cursor.since }, expect: ['changes', 'since'] }
    for await (const page of api.pages<Changes>(`${endpoints.api}/changes`, options)) {
      for (const { id, note } of page.changes) yield* follow(context, id, note, unread)
      if (!page.next_page_token) yield { type: 'checkpoint', cursor: { since: page.since, unread: [...unread] } }
    }
  },
}

type Given = Note | null | undefined

/** One note as it is now; `null` was deleted, `undefined` is yet to be asked for. */
async function* follow(
  context: Context,
  id: string,
  given: Given,
  unread: Set<string>,
): AsyncGenerator<Change<Cursor>> {
  const { api, endpoints, config } = context
  const url = `${endpoints.api}/notes/${encodeURIComponent(id)}`
  try {
    const note = given === undefined ? await api.get<Note>(url, { expect: ['id', 'tags'] }) : given
    const isWanted = note && (!config.tag || note.tags.includes(String(config.tag)))
    yield isWanted ? { type: 'upsert', entity: await read(context, url, note) } : { type: 'remove', entityType, id }
    unread.delete(id)
  } catch (error) {
    context.skip({ entityType, id }, error)
    unread.add(id)
  }
}

async function read({ api }: Context, address: string, { id, title, url, tags, edited_at }: Note): Promise<Entity> {
  const { text } = await api.get<{ text: string }>(`${address}/text`, { expect: ['text'] })
  return { entityType, id, name: title, text, url, updatedAt: edited_at, raw: { tags } }
}

export default {
  id: 'notebook',
  title: 'Notebook',
  auth: oauth2({}),
  endpoints: { api: 'https://api.notebook.example', token: 'https://api.notebook.example/oauth/token' },
  origins: ({ api = '' }) => [api],
  limits: { requestsPerSecond: 10, burst: 20, concurrent: 4 },
  classify: status => (status === 410 ? 'cursor_expired' : undefined),
  sources: [notebook],
} satisfies Plugin
