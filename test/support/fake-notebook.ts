/** The provider of the example: notes in pages of two, a log of changes that can be forgotten, texts one by one. */
import { type FakeRequest, type FakeResponse, type Fixture, startFakeServer, type Truth } from 'inlet/testing'

interface Note {
  id: string
  title: string
  tags: string[]
  url: string
  edited_at: string
}

const pageSize = 2

export async function startNotebook(): Promise<Fixture> {
  const notes = new Map<string, Note>()
  const texts = new Map<string, string>()
  /** Ids, in the order of their changes. */
  const log: string[] = []
  let forgottenUntil = 0
  const complaints: string[] = []

  const server = await startFakeServer([
    { method: 'GET', pattern: '/me', handler: () => ({ body: { id: 'ann', name: 'Ann' } }) },
    { method: 'GET', pattern: '/since', handler: () => ({ body: { since: `s${log.length}` } }) },
    { method: 'GET', pattern: '/notes', handler: list },
    { method: 'GET', pattern: '/changes', handler: listChanges },
    { method: 'GET', pattern: '/notes/{id}', handler: ({ params }) => answer(notes.get(params.id ?? '')) },
    {
      method: 'GET',
      pattern: '/notes/{id}/text',
      handler: ({ params }) => answer(notes.has(params.id ?? '') ? { text: texts.get(params.id ?? '') } : undefined),
    },
  ])
  server.tokens = new Set(['notebook-token'])
  for (let index = 0; index < 5; index++) put(`n${index}`, index % 2 === 0 ? ['home'] : ['work'])

  return {
    endpoints: { api: server.url, token: `${server.url}/token` },
    token: 'notebook-token',
    filters: [{ tag: 'home' }],
    paging: [
      { path: /\/notes$/, items: ['notes'], next: ['next_page_token'], parameter: 'page_token' },
      { path: /\/changes$/, items: ['changes'], next: ['next_page_token'], parameter: 'page_token' },
    ],
    truth: config =>
      [...notes.values()]
        .filter(({ tags }) => !config.tag || tags.includes(String(config.tag)))
        .map(({ id, title }): Truth => ({ entityType: 'notebook_note', id, name: title, text: texts.get(id) })),
    change(round) {
      put(`new${round}`, ['home'])
      put('n1', round % 2 === 0 ? ['home'] : ['work'])
      remove(round === 0 ? 'n0' : `new${round - 1}`)
    },
    expireCursors() {
      forgottenUntil = log.length + 1
      log.push('nothing')
    },
    complaints: () => [...server.unknown, ...complaints],
    close: () => server.close(),
  }

  function put(id: string, tags: string[]): void {
    log.push(id)
    const edited_at = new Date(Date.UTC(2026, 0, 1) + log.length * 1000).toISOString()
    notes.set(id, { id, title: `Note ${id}, ${log.length}`, tags, url: `https://notebook.example/${id}`, edited_at })
    texts.set(id, `what ${id} says at ${log.length}`)
  }

  function remove(id: string): void {
    notes.delete(id)
    log.push(id)
  }

  function list({ query }: FakeRequest): FakeResponse {
    const start = Number(query.get('page_token') ?? 0)
    const all = [...notes.values()]
    const more = start + pageSize < all.length ? { next_page_token: String(start + pageSize) } : {}
    return { body: { notes: all.slice(start, start + pageSize), ...more } }
  }

  function listChanges({ query }: FakeRequest): FakeResponse {
    const since = Number(query.get('since')?.slice(1))
    if (!Number.isInteger(since)) complaints.push('changes without since')
    if (since < forgottenUntil) return { status: 410, body: {} }
    const start = Number(query.get('page_token') ?? since)
    const end = Math.min(start + pageSize, log.length)
    const changes = log.slice(start, end).map(id => ({ id, note: notes.get(id) ?? null }))
    return { body: { changes, since: `s${end}`, ...(end < log.length ? { next_page_token: String(end) } : {}) } }
  }

  function answer(body: unknown): FakeResponse {
    return body === undefined ? { status: 404, body: {} } : { body }
  }
}
