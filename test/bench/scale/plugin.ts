/**
 * A provider as small as one can be: each run asks one page of what is new and keeps its three notes. Refresh tokens
 * are single use, the kind with which a mistake costs a person's sign-in.
 */
import { oauth2, type Plugin } from '../../../core/plugin.ts'

interface Page {
  items: { id: string; name: string; text: string }[]
  next: string
}

export function scalePlugin(endpoints: { api: string; token: string }): Plugin {
  return {
    id: 'scale',
    title: 'Scale',
    auth: oauth2({ repeatable: false }),
    endpoints,
    origins: ({ api = '' }) => [api],
    sources: [
      {
        shortName: 'scale',
        title: 'Scale',
        description: 'A handful of new notes at each run.',
        labels: ['bench'],
        scopes: ['read'],
        entityTypes: ['note'],
        configFields: [],
        identify: async () => ({ id: 'me', name: 'Me' }),
        async *sync({ api, endpoints: { api: base = '' } }, cursor) {
          const page = await api.get<Page>(`${base}/items`, { query: { after: String(cursor ?? '') } })
          for (const item of page.items) yield { type: 'upsert', entity: { entityType: 'note', ...item } }
          yield { type: 'checkpoint', cursor: page.next }
        },
      },
    ],
  }
}
