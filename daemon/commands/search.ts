import { Failure } from '../../core/errors.ts'
import { defineCommand } from '../command-line/command.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean, wrap } from '../command-line/text.ts'
import type { PassageBody, SearchAnswerBody, SearchHitBody } from '../schemas/search.ts'
import type { Client } from './client.ts'
import { listCollections } from './find.ts'

export const search = defineCommand({
  name: 'search',
  group: 'read',
  summary: 'search what is there',
  description: [
    'Any text that a person may type is a good query. Without --collection all collections are searched; the best of each comes first, as scores of two collections cannot be compared.',
  ],
  words: {
    query: {
      required: true,
      multiple: true,
      description: 'what to look for; put -- before a word that begins with a dash',
    },
  },
  options: {
    collection: { value: 'COLLECTION', multiple: true, description: 'only in this one', completes: 'collection' },
    limit: {
      short: 'n',
      value: 'N',
      kind: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 10,
      description: 'how many at most',
    },
    source: {
      value: 'SOURCE',
      multiple: true,
      description: 'only from this source, such as gmail',
      completes: 'source',
    },
    type: { value: 'TYPE', multiple: true, description: 'only entities of this type, such as slack_message' },
    since: {
      value: 'TIME',
      description: 'only what was made or changed since: a date, a time, or how long ago, such as 7d or 12h',
    },
  },
  examples: [
    { command: 'inlet search apple cake recipe', says: 'In everything' },
    { command: 'inlet search invoice --source gmail --since 30d', says: 'In the mail of the last 30 days' },
    { command: "inlet search invoice --json | jq -r '.results[].url'", says: 'Where to read on, for a program' },
  ],
  exits: { 5: clientExits[5], 6: 'there is no such collection', 7: clientExits[7] },
  async run({ words, options }, context) {
    const client = await context.client()
    const { limit, source, type, since } = options
    const filter = filterOf({
      source,
      type,
      since: since === undefined ? undefined : sinceTime(since, context.clock.now()),
    })
    const query = words.query.join(' ')
    const collections = options.collection.length > 0 ? options.collection : await allCollections(client)
    const answers = await Promise.all(
      collections.map(collection => {
        const path = `/collections/${encodeURIComponent(collection)}/search`
        return client.ask<SearchAnswerBody>('POST', path, { query, limit, ...(filter && { filter }) })
      }),
    )
    const results = merge(answers.map(answer => answer.results)).slice(0, limit)
    const status = results.length > 0 ? 'success' : 'no_results'
    if (results.length === 0) context.tell('Nothing was found.')
    const lines = results.flatMap((hit, index) => [...(index === 0 ? [] : ['']), ...hitLines(hit, context)])
    return context.answer({ results, status }, lines)
  },
})

async function allCollections(client: Client): Promise<string[]> {
  const all = await listCollections(client)
  if (all.length > 0) return all.map(({ readable_id }) => readable_id)
  throw new Failure('not_found', 'there is no collection to search yet: "inlet connect" makes one')
}

interface Wanted {
  source: readonly string[]
  type: readonly string[]
  /** ISO 8601. */
  since: string | undefined
}

function filterOf({ source, type, since }: Wanted) {
  const must: object[] = []
  if (source.length > 0) must.push({ key: 'source_name', match: { any: source } })
  if (type.length > 0) must.push({ key: 'entity_type', match: { any: type } })
  if (since !== undefined) {
    must.push({ should: ['created_at', 'updated_at'].map(key => ({ key, range: { gte: since } })) })
  }
  return must.length > 0 ? { must } : undefined
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** @param now milliseconds since 1970. @throws Failure `invalid` */
function sinceTime(text: string, now: number): string {
  const [, amount = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (amount !== '') return new Date(now - Number(amount) * (unitMs[unit] ?? 0)).toISOString()
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)
  const time = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw misuse('inlet search takes a date, a time or a span such as 7d for --since', 'search')
}

/** The first of each, then the second of each. */
function merge(lists: readonly (readonly SearchHitBody[])[]): SearchHitBody[] {
  const longest = Math.max(0, ...lists.map(list => list.length))
  return Array.from({ length: longest }, (_, rank) =>
    lists.flatMap(list => list.slice(rank, rank + 1)).sort((a, b) => b.relevance_score - a.relevance_score),
  ).flat()
}

function hitLines(hit: SearchHitBody, { style, screen }: CommandContext): string[] {
  const { name, entity_type, collection, author, updated_at, created_at, web_url, url, passages } = hit
  const about = [entity_type, `in ${collection}`, author, (updated_at ?? created_at)?.slice(0, 10)]
  const address = web_url ?? url
  const width = Math.max(40, Math.min(screen?.columns ?? 100, 100)) - 2
  return [
    `${style.bold(clean(name) || '(without a name)')}  ${style.dim(
      about
        .filter(Boolean)
        .map(part => clean(String(part)))
        .join(' · '),
    )}`,
    ...passages.flatMap(passage => passageLines(passage, style, width)),
    ...(address === null ? [] : [`  ${style.cyan(clean(address))}`]),
  ]
}

/** Where it is, as far as that can be told, and what is there. */
function passageLines(
  { snippet, page, heading }: PassageBody,
  style: CommandContext['style'],
  width: number,
): string[] {
  const place = [page === null ? '' : `page ${page}`, clean(heading ?? '')].filter(part => part !== '').join(' · ')
  const lines = wrap(marked(snippet, style.yellow), width).map(line => `  ${line}`)
  return place === '' ? lines : [`  ${style.dim(place)}`, ...lines]
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", amp: '&' }

/** A snippet is escaped HTML with `<mark>` around what was found. Each word is marked by itself, so that it may be wrapped. */
function marked(snippet: string, mark: (text: string) => string): string {
  const plain = (html: string) => clean(html.replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole))
  return snippet
    .split(/(<mark>.*?<\/mark>)/s)
    .map(part => {
      const [, inner] = /^<mark>(.*)<\/mark>$/s.exec(part) ?? []
      return inner === undefined ? plain(part) : plain(inner).split(' ').map(mark).join(' ')
    })
    .join('')
    .trim()
}
