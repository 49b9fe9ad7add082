import { z } from 'zod'
import type { ConnectionView } from '../../../core/inlet.ts'
import { strict } from '../../schemas/strict.ts'
import { endOf } from '../jobs.ts'
import { fence, notice } from '../material.ts'
import { cut, oneLine, takeFitting } from '../size.ts'
import { defineTool, looksOnly, wholeNumber } from '../tool.ts'

const defaultLimit = 50
const mostConnections = 200
const longestProblem = 500
const longestName = 200

const input = strict({
  collection: z.string().optional().meta({ description: 'Only those of this collection' }),
  limit: z
    .number()
    .int()
    .min(1)
    .max(mostConnections)
    .default(defaultLimit)
    .meta({ description: 'Connections at most' }),
  offset: z.number().int().min(0).max(1_000_000_000).default(0).meta({
    description: 'The next_offset of an answer before',
  }),
})

const connectionSchema = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string().meta({ description: 'Short name, as search takes it' }),
  collection: z.string().meta({ description: 'Readable id, as search and list_changes take it' }),
  status: z
    .enum(['active', 'in_progress', 'failing', 'needs_reauth', 'pending_auth'])
    .meta({ description: 'needs_reauth and pending_auth wait for a person, who signs in with the dashboard' }),
  problem: z.string().nullable().meta({ description: 'What is wrong and what to do' }),
  account: z.string().nullable(),
  entities: wholeNumber.meta({ description: 'How many are stored' }),
  entities_by_type: z.record(z.string(), wholeNumber),
  schedule: z.string().nullable().meta({ description: 'Cron expression' }),
  next_run: z.string().nullable(),
  last_run: z
    .object({ job: z.string(), status: z.string(), started_at: z.string().nullable(), ended_at: z.string().nullable() })
    .nullable(),
})
type Connection = z.infer<typeof connectionSchema>

const output = z.object({
  connections: z.array(connectionSchema),
  next_offset: wholeNumber.nullable().meta({ description: 'Ask again with it for more; null at the end' }),
  notice: z.string(),
})

export const listConnections = defineTool({
  name: 'list_connections',
  title: 'List source connections',
  description:
    'Which sources are connected, to which collection, how fresh and how much, and what is wrong with them. Where search finds less than expected, this tells why.',
  scope: 'read',
  input,
  output,
  hints: looksOnly,
  async run({ collection, limit, offset }, { inlet }) {
    if (collection !== undefined) await inlet.collections.get(collection)
    const found = await inlet.connections.list({ skip: offset, limit: limit + 1, collection })
    const connections = takeFitting(found.slice(0, limit).map(toConnection), textOf)
    const next = found.length > connections.length ? offset + connections.length : null
    const more = next === null ? 'There are no more.' : `There are more: ask again with offset ${next}.`
    const none = offset === 0 ? 'Nothing is connected yet: a person connects sources with the dashboard.' : 'No more.'
    const text = connections.length === 0 ? none : `${more}\n\n${fence(connections.map(textOf).join('\n\n'))}`
    return { structured: { connections, next_offset: next, notice }, text }
  },
})

function toConnection(connection: ConnectionView): Connection {
  const { lastJob, account } = connection
  return {
    id: connection.id,
    name: connection.name,
    source: connection.shortName,
    collection: connection.collection,
    status: connection.status,
    problem: problemOf(connection),
    account: account && oneLine(account.name, 120),
    entities: connection.entityCounts.reduce((total, { count }) => total + count, 0),
    entities_by_type: Object.fromEntries(connection.entityCounts.map(({ entityType, count }) => [entityType, count])),
    schedule: connection.cronSchedule === null ? null : cut(connection.cronSchedule, 100),
    next_run: connection.nextRunAt,
    last_run: lastJob && {
      ...{ job: lastJob.id, status: lastJob.status, started_at: lastJob.startedAt, ended_at: endOf(lastJob) },
    },
  }
}

function problemOf({ status, lastErrorMessage: error, needsPersonAt }: ConnectionView): string | null {
  if (status === 'pending_auth') return 'it has no credential yet: a person signs in with the dashboard'
  const why = error === null ? '' : oneLine(error, longestProblem)
  if (status === 'needs_reauth') return `a person must sign in again with the dashboard${why === '' ? '' : `: ${why}`}`
  if (status === 'failing') return why === '' ? 'its last sync failed' : `its last sync failed: ${why}`
  return needsPersonAt === null ? null : `a person must sign in again by ${needsPersonAt}`
}

function textOf(connection: Connection): string {
  const { name, source, collection, status, problem, account, last_run: last, schedule, next_run: next } = connection
  const counts = Object.entries(connection.entities_by_type).map(([type, count]) => `${count} ${type}`)
  const lines = [
    `"${oneLine(name, longestName)}" (${connection.id}): ${source} in ${collection}, ${status}`,
    account === null ? '' : `account: ${account}`,
    problem === null ? '' : `problem: ${problem}`,
    `entities: ${connection.entities}${counts.length === 0 ? '' : ` (${counts.join(', ')})`}`,
    last
      ? `last run: ${last.status}${last.ended_at === null ? '' : ` at ${last.ended_at}`} (job ${last.job})`
      : 'never run',
    schedule === null ? 'no schedule' : `schedule: ${schedule}${next === null ? '' : `, next run ${next}`}`,
  ]
  return lines.filter(line => line !== '').join('\n  ')
}
