import { z } from 'zod'
import type { EntityRow } from '../../../core/store/store.ts'
import { strict } from '../../schemas/strict.ts'
import { briefEntity, toBrief } from '../entities.ts'
import { fence, notice } from '../material.ts'
import { mostCharacters, oneLine, pieceOf } from '../size.ts'
import { defineTool, looksOnly, wholeNumber } from '../tool.ts'

const defaultCharacters = 20_000
const mostOfText = 35_000
/** For everything but text and raw. */
const otherCharacters = 5000
const longestPath = 500

const input = strict({
  id: z.string().meta({ description: 'The id of a result of search or list_changes' }),
  offset: z.number().int().min(0).max(1_000_000_000).default(0).meta({
    description:
      'Where in the text to begin: the next_offset of an answer before, or the offset of a passage that search found',
  }),
  max_characters: z.number().int().min(1).max(mostOfText).default(defaultCharacters).meta({
    description: 'How much of the text at most',
  }),
  include_raw: z.boolean().default(false).meta({
    description: "Also the provider's own object, with fields that the text leaves out; rarely needed, and long",
  }),
})

const output = z.object({
  ...briefEntity,
  connection_id: z.string(),
  path: z.string().meta({ description: 'From the outermost folder, channel or project to the one it is in' }),
  created_at: z.string().nullable(),
  updated_at: z.string().nullable(),
  synced_at: z.string().meta({ description: 'When inlet last read it' }),
  text: z.string().meta({ description: 'Markdown, from offset on' }),
  file_unread_because: z.string().nullable().meta({ description: 'Why the text lacks what its file says' }),
  offset: wholeNumber,
  total_characters: wholeNumber.meta({ description: 'Of the whole text' }),
  next_offset: wholeNumber.nullable().meta({ description: 'Ask again with it for what follows; null at the end' }),
  raw: z.record(z.string(), z.unknown()).nullable().optional().meta({ description: 'With include_raw' }),
  raw_left_out: z.string().optional().meta({ description: 'Why there is no raw although it was asked for' }),
  notice: z.string(),
})

export const getEntity = defineTool({
  name: 'get_entity',
  title: 'Read one entity',
  description:
    'One message, file, page, task or event with its text, author, dates and place. A long text comes in pieces: ask again with offset set to next_offset.',
  scope: 'read',
  input,
  output,
  hints: looksOnly,
  async run({ id, offset, max_characters: most, include_raw: wantsRaw }, { inlet }) {
    const entity = await inlet.entity(id.trim())
    const raw = wantsRaw ? rawOf(entity) : {}
    const room = mostCharacters - otherCharacters - (raw.raw ? JSON.stringify(raw.raw).length : 0)
    const text = pieceOf(entity.text, offset, Math.min(most, room), room)
    const end = offset + text.length
    const next = end < entity.text.length ? end : null
    const structured = {
      ...toBrief(entity),
      connection_id: entity.connectionId,
      path: pathOf(entity),
      created_at: entity.createdAt,
      updated_at: entity.updatedAt,
      synced_at: entity.syncedAt,
      file_unread_because: entity.fileReason,
      ...{ text, offset, total_characters: entity.text.length, next_offset: next, ...raw, notice },
    }
    return { structured, text: textOf(structured) }
  },
})

/** As large as leaves room for a page of text beside it. */
const mostOfRaw = mostCharacters / 2

function rawOf({ id, raw }: EntityRow): { raw?: EntityRow['raw']; raw_left_out?: string } {
  if (raw === null) return { raw }
  const { length } = JSON.stringify(raw)
  if (length <= mostOfRaw) return { raw }
  return { raw_left_out: `it has ${length} characters, more than an answer holds: GET /entities/${id} has it whole` }
}

function pathOf({ breadcrumbs }: EntityRow): string {
  return oneLine(breadcrumbs.map(({ name }) => name).join(' / '), longestPath)
}

function textOf(entity: z.input<typeof output>): string {
  const { text, offset, total_characters: total, next_offset: next } = entity
  const end = offset + text.length
  const part = offset === 0 && next === null ? 'whole' : `characters ${offset} to ${end} of ${total}`
  const more = next === null ? '' : ` Ask again with offset ${next} for what follows.`
  const members = [
    ['name', entity.name],
    ['path', entity.path],
    ['author', entity.author],
    ['created', entity.created_at],
    ['updated', entity.updated_at],
    ['url', entity.url],
    ['file not read because', entity.file_unread_because],
  ].flatMap(([label, value]) => (value ? [`${label}: ${value}`] : []))
  const raw = entity.raw ? ['', `raw: ${JSON.stringify(entity.raw)}`] : []
  const left = entity.raw_left_out === undefined ? '' : ` raw was left out: ${entity.raw_left_out}.`
  const heading = `${entity.type} ${entity.id} from ${entity.source} in ${entity.collection}, ${part}.${more}${left}`
  return `${heading}\n\n${fence([...members, '', text, ...raw].join('\n'))}`
}
