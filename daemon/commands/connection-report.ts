/** Connections in words for a person. */
import type { CommandContext } from '../command-line/context.ts'
import { clean, columns, cut, widthOf } from '../command-line/text.ts'
import type { ConnectionBody, ConnectionItemBody } from '../schemas/connection.ts'
import { count, relativeTime } from './words.ts'

type Context = Pick<CommandContext, 'style' | 'clock' | 'screen'>

const statuses = {
  active: 'active',
  in_progress: 'syncing',
  failing: 'failing',
  needs_reauth: 'needs you',
  pending_auth: 'needs you',
} as const satisfies Record<ConnectionBody['status'], string>

export function connectionRows(all: readonly ConnectionItemBody[], context: Context): string[] {
  if (all.length === 0) return []
  const { style, clock, screen } = context
  const now = clock.now()
  const head = ['NAME', 'SOURCE', 'COLLECTION', 'STATUS', 'ENTITIES', 'LAST RUN', 'NEXT RUN', 'ID'].map(style.bold)
  const rows = all.map(connection => [
    cut(clean(connection.name), 42),
    clean(connection.short_name),
    clean(connection.collection),
    colourOf(connection, context)(statuses[connection.status]),
    count(connection.entity_count),
    relativeTime(lastRun(connection), now),
    relativeTime(connection.next_scheduled_run, now),
    connection.id.slice(0, 8),
  ])
  const [first = '', ...lines] = columns([head, ...rows])
  const room = Math.max(40, (screen?.columns ?? 200) - 5)
  return [
    first,
    ...all.flatMap((connection, index) => {
      const wrong = whatIsWrong(connection)
      const note =
        wrong === undefined ? [] : [`  -> ${wrong}`].map(line => (widthOf(line) > room ? cut(line, room) : line))
      return [lines[index] ?? '', ...note]
    }),
  ]
}

/** Everything there is to know about one. */
export function connectionLines(connection: ConnectionBody, context: Context): string[] {
  const now = context.clock.now()
  const { auth, schedule, sync, entities } = connection
  const wrong = whatIsWrong(connection)
  const types = Object.entries(entities.by_type).map(([type, { count: number }]) => `${clean(type)} ${count(number)}`)
  const config = Object.entries(connection.config_fields).map(
    ([name, value]) => `${clean(name)}=${clean(String(value))}`,
  )
  const rows: [string, string | undefined][] = [
    ['name', context.style.bold(clean(connection.name))],
    ['id', connection.id],
    ['source', clean(connection.short_name)],
    ['collection', clean(connection.collection)],
    ['status', colourOf(connection, context)(statuses[connection.status])],
    ['wrong', wrong],
    ['account', auth.account ? clean(auth.account.name || auth.account.id) : undefined],
    [
      'needs you',
      auth.needs_person_at ? `${relativeTime(auth.needs_person_at, now)} (${auth.needs_person_at})` : undefined,
    ],
    ['schedule', schedule.cron === null ? 'none' : clean(`${schedule.cron} (${schedule.timezone ?? 'UTC'})`)],
    ['next run', schedule.next_run ? `${relativeTime(schedule.next_run, now)} (${schedule.next_run})` : undefined],
    [
      'last run',
      lastRun(connection) ? `${relativeTime(lastRun(connection), now)}, ${sync.last_job?.status}` : 'none yet',
    ],
    ['runs', `${count(sync.total_runs)}, of which ${count(sync.failed_runs)} failed`],
    ['entities', [count(entities.total_entities), ...types].join(', ')],
    ['config', config.length > 0 ? config.join(' ') : undefined],
  ]
  return columns(rows.flatMap(([name, value]) => (value === undefined ? [] : [[`${name}:`, value]])))
}

function lastRun({ latest_sync_job_completed_at, latest_sync_job_started_at }: ConnectionBody): string | null {
  return latest_sync_job_completed_at ?? latest_sync_job_started_at
}

function whatIsWrong({ id, status, error_message, auth }: ConnectionBody): string | undefined {
  const renew = `inlet connections renew ${id.slice(0, 8)}`
  if (status === 'pending_auth')
    return `it has no credential yet: ${renew}${auth.method === 'oauth_browser' ? ' --browser' : ''}`
  const message = error_message === null ? undefined : clean(error_message)
  if (status === 'needs_reauth') {
    return `${message ?? 'its token does not work any more'}: ${renew}${auth.method === 'oauth_browser' ? ' --browser' : ''}`
  }
  return status === 'failing' ? message : undefined
}

function colourOf({ status }: ConnectionBody, { style }: Context): (text: string) => string {
  if (status === 'active') return style.green
  return status === 'in_progress' ? style.cyan : style.red
}
