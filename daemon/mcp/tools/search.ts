import { z } from 'zod'
import type { Condition, Filter, PassageHit, SearchHit } from '../../../core/store/store.ts'
import { strict } from '../../schemas/strict.ts'
import { allCollections } from '../connections.ts'
import { type BriefEntity, briefEntity, briefLines, toBrief } from '../entities.ts'
import { fence, notice, snippetMarkdown } from '../material.ts'
import { oneLine, takeFitting } from '../size.ts'
import { defineTool, looksOnly, wholeNumber } from '../tool.ts'

const defaultLimit = 10
const mostResults = 50
const farthest = 10_000
const longestSnippet = 600
/** Of those after the best. */
const longestOther = 240
const longestHeading = 120

const dateForm = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/
const date = z.string().refine(text => dateForm.test(text) && !Number.isNaN(Date.parse(inUtc(text))), {
  error: 'must be a date or time such as 2026-01-31 or 2026-01-31T09:00:00Z',
})

const input = strict({
  query: z.string().meta({
    description:
      'Words to find, all of them where anything has all, in names, texts, authors and folders; "double quotes" hold a phrase together. Plain keywords find more than a question does. Empty: the newest.',
  }),
  collection: z.string().optional().meta({ description: 'Readable id of a collection; default all of them together' }),
  source: z.string().optional().meta({ description: 'Only from this source, such as gmail, slack or notion' }),
  entity_type: z.string().optional().meta({ description: 'Only of this type, such as gmail_message' }),
  author: z
    .string()
    .optional()
    .meta({ description: 'Only where the author has these words, such as a name or address' }),
  after: date.optional().meta({ description: 'Only from this date or time on (ISO 8601; a date begins in UTC)' }),
  before: date.optional().meta({ description: 'Only before this date or time' }),
  limit: z.number().int().min(1).max(mostResults).default(defaultLimit).meta({ description: 'Results at most' }),
  offset: z.number().int().min(0).max(farthest).default(0).meta({ description: 'The next_offset of an answer before' }),
})

const passage = {
  snippet: z.string().meta({ description: 'Markdown, with what matched in bold' }),
  page: wholeNumber.optional().meta({ description: 'In a document with pages' }),
  heading: z.string().optional().meta({ description: 'Of the section of a long text' }),
  offset: wholeNumber.optional().meta({ description: 'Of a long text: with it, get_entity begins at this passage' }),
}

const output = z.object({
  results: z.array(
    z.object({
      ...briefEntity,
      ...passage,
      more: z.array(z.object(passage)).optional().meta({ description: 'Other passages of it, best first' }),
    }),
  ),
  next_offset: wholeNumber.nullable().meta({ description: 'Ask again with it for more; null at the end' }),
  notice: z.string(),
})

interface Passage {
  snippet: string
  page?: number
  heading?: string
  offset?: number
}
type Result = BriefEntity & Passage & { more?: Passage[] }

export const search = defineTool({
  name: 'search',
  title: 'Search',
  description:
    'Full-text search through what this person has in Gmail, Google Drive, calendars, Outlook, OneDrive, Asana, Slack and Notion, as far as it is connected: best matches first, each with an id for get_entity. Narrow with source, entity_type, author and dates.',
  scope: 'read',
  input,
  output,
  hints: looksOnly,
  async run(given, { inlet }) {
    const { query, limit, offset } = given
    const collection = given.collection ?? (await allCollections(inlet))
    const hits = await inlet.search({ collection, query, limit: limit + 1, offset, filter: filterOf(given) })
    const results = takeFitting(hits.slice(0, limit).map(toResult), textOf)
    const next = hits.length > results.length ? offset + results.length : null
    const structured = { results, next_offset: next, notice }
    return { structured, text: textOfAll(results, offset, next) }
  },
})

function filterOf({ source, entity_type, author, after, before }: z.output<typeof input>): Filter {
  const must: Condition[] = []
  if (source !== undefined) must.push({ key: 'source_name', match: { value: source } })
  if (entity_type !== undefined) must.push({ key: 'entity_type', match: { value: entity_type } })
  if (author !== undefined) must.push({ key: 'author', match: { text: author } })
  const range = {
    ...(after !== undefined && { gte: inUtc(after) }),
    ...(before !== undefined && { lt: inUtc(before) }),
  }
  if (after !== undefined || before !== undefined) must.push(dated(range))
  return { must }
}

/** By the date that results show. */
function dated(range: { gte?: string; lt?: string }): Condition {
  const created: Condition = { must: [{ is_null: { key: 'updated_at' } }, { key: 'created_at', range }] }
  return { should: [{ key: 'updated_at', range }, created] }
}

/** A time without a zone is one in UTC, as all times here are. */
function inUtc(text: string): string {
  return /T\d{2}:\d{2}(?::[\d.]+)?$/.test(text) ? `${text}Z` : text
}

function toResult({ entity, snippet, passages: [best, ...others] }: SearchHit): Result {
  const more = others.map(other => toPassage(other, longestOther))
  const first = best ? toPassage(best, longestSnippet) : { snippet: snippetMarkdown(snippet) }
  return { ...toBrief(entity), ...first, ...(more.length > 0 && { more }) }
}

/** What says nothing is left out: it would only take room. */
function toPassage({ snippet, page, heading, offset }: PassageHit, longest: number): Passage {
  return {
    snippet: oneLine(snippetMarkdown(snippet), longest),
    ...(page !== null && { page }),
    ...(heading !== null && { heading: oneLine(heading, longestHeading) }),
    ...(offset > 0 && { offset }),
  }
}

function textOf({ snippet, page, heading, offset, more = [], ...brief }: Result, index: number): string {
  const [title, ...lines] = briefLines(brief)
  const passages = [{ snippet, page, heading, offset }, ...more].map(passage => `   ${passageLine(passage)}`)
  return [`${index + 1}. ${title}`, ...lines, ...passages].join('\n')
}

function passageLine({
  snippet,
  page,
  heading,
  offset,
}: { [Name in keyof Passage]: Passage[Name] | undefined }): string {
  const place = [
    page === undefined ? '' : `page ${page}`,
    heading === undefined ? '' : `in "${heading}"`,
    offset === undefined ? '' : `offset ${offset}`,
  ].filter(part => part !== '')
  return place.length === 0 ? `${snippet}` : `[${place.join(', ')}] ${snippet}`
}

function textOfAll(results: readonly Result[], offset: number, next: number | null): string {
  if (results.length === 0) return offset === 0 ? 'Nothing was found.' : 'There is nothing more.'
  const more = next === null ? 'there are no more' : `there are more: ask again with offset ${next}`
  const count = results.length === 1 ? '1 result' : `${results.length} results`
  return `${count}; ${more}.\n\n${fence(results.map(textOf).join('\n\n'))}`
}
