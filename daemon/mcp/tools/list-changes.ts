import { z } from 'zod'
import type { Inlet } from '../../../core/inlet.ts'
import type { ChangesInput, ChangesPage, EntityRow } from '../../../core/store/store.ts'
import { strict } from '../../schemas/strict.ts'
import { findConnection, meantCollection } from '../connections.ts'
import { type BriefEntity, briefEntity, briefLines, toBrief } from '../entities.ts'
import { fence, notice } from '../material.ts'
import { oneLine, takeFitting } from '../size.ts'
import { defineTool, looksOnly } from '../tool.ts'

const defaultLimit = 50
const mostChanges = 200
const excerptCharacters = 200

const input = strict({
  collection: z.string().optional().meta({ description: 'Readable id; may be left out where there is only one' }),
  after: z.string().min(1).optional().meta({
    description:
      'A next_cursor: exactly what changed since then. Left out: everything, in the order of its last change.',
  }),
  connection: z.string().optional().meta({ description: 'Only of this source connection: its id or name' }),
  entity_type: z.string().optional().meta({ description: 'Only of this type, such as slack_message' }),
  include_deleted: z.boolean().optional().meta({ description: 'Default: only once the first listing is through' }),
  limit: z.number().int().min(1).max(mostChanges).default(defaultLimit).meta({ description: 'Changes at most' }),
})

const output = z.object({
  changes: z.array(
    z.object({
      ...briefEntity,
      change: z.enum(['inserted', 'updated', 'deleted']),
      synced_at: z.string().meta({ description: 'When inlet took the change in' }),
      excerpt: z.string().meta({ description: 'How the text begins' }),
    }),
  ),
  next_cursor: z.string().meta({ description: 'Keep it, and give it as after to learn what changes from here on' }),
  has_more: z.boolean().meta({ description: 'Whether something follows already' }),
  notice: z.string(),
})

type Change = BriefEntity & { change: EntityRow['change']; synced_at: string; excerpt: string }

export const listChanges = defineTool({
  name: 'list_changes',
  title: 'List changes',
  description:
    'What is new, changed or deleted in a collection since a cursor, oldest change first, nothing twice and nothing lost. Without a cursor it goes through the whole collection, page by page; for what is newest, search with an empty query instead.',
  scope: 'read',
  input,
  output,
  hints: looksOnly,
  async run(given, { inlet }) {
    const question = {
      collection: await meantCollection(inlet, given.collection),
      after: given.after,
      connectionId: given.connection === undefined ? undefined : (await findConnection(inlet, given.connection)).id,
      entityType: given.entity_type,
      includeDeleted: given.include_deleted,
      includeRaw: false,
    }
    const { page, changes } = await fittingPage(inlet, { ...question, limit: given.limit })
    const next = await inlet.changes({ ...question, after: page.nextCursor, limit: 1 })
    const hasMore = next.entities.length > 0
    const structured = { changes, next_cursor: page.nextCursor, has_more: hasMore, notice }
    return { structured, text: textOfAll(structured) }
  },
})

/** A page's cursor is at its end: one of which an answer holds a part alone is asked for again, as that part. */
async function fittingPage(inlet: Inlet, question: ChangesInput): Promise<{ page: ChangesPage; changes: Change[] }> {
  const page = await inlet.changes(question)
  const all = page.entities.map(toChange)
  const changes = takeFitting(all, textOf)
  return changes.length === all.length ? { page, changes } : fittingPage(inlet, { ...question, limit: changes.length })
}

function toChange(entity: EntityRow): Change {
  const excerpt = oneLine(entity.text, excerptCharacters)
  return { ...toBrief(entity), change: entity.change, synced_at: entity.syncedAt, excerpt }
}

function textOf({ change, synced_at, excerpt, ...brief }: Change): string {
  const [heading, ...lines] = briefLines(brief)
  const shown = excerpt === '' ? lines : [...lines, `   ${excerpt}`]
  return [`- ${change} ${synced_at}: ${heading}`, ...shown].join('\n')
}

function textOfAll({ changes, next_cursor: cursor, has_more: hasMore }: z.input<typeof output>): string {
  const next = `next_cursor: ${cursor}`
  if (changes.length === 0) return `Nothing has changed.\n${next}`
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`
  const more = hasMore ? 'more follow: ask again with next_cursor as after' : 'that is all for now'
  return `${count}; ${more}.\n${next}\n\n${fence(changes.map(textOf).join('\n'))}`
}
