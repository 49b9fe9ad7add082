/** The keys a filter may name, and where their values are. */
import type { Value } from './database.ts'
import { type Location, wrong } from './filter-input.ts'

export type FilterField =
  /** One text of the entity, or none. */
  | { kind: 'text'; sql: string }
  /** A time: as it is written, and in milliseconds since 1970. */
  | { kind: 'time'; sql: string; ms: string }
  /** Any number of JSON values: `from` gives them as rows, `value` and `type` are those of a row, as in `json_each`. */
  | {
      kind: 'values'
      from: string
      values: Value[]
      value: string
      type: string
      isMember: string
      memberValues: Value[]
    }

/** When an entity was changed last, as far as its source tells: what `entities_by_time` is in the order of. */
export const latestMs = 'coalesce(entities.updated_ms, entities.created_ms)'

const columns: Readonly<Record<string, FilterField>> = {
  id: { kind: 'text', sql: 'entities.id' },
  entity_id: { kind: 'text', sql: 'entities.entity_id' },
  entity_type: { kind: 'text', sql: 'entities.entity_type' },
  source_name: { kind: 'text', sql: 'entities.source_name' },
  source_connection_id: { kind: 'text', sql: 'entities.connection_id' },
  connection_id: { kind: 'text', sql: 'entities.connection_id' },
  name: { kind: 'text', sql: 'entities.name' },
  text: { kind: 'text', sql: '(select text from bodies where bodies.key = entities.key)' },
  author: { kind: 'text', sql: 'entities.author' },
  url: { kind: 'text', sql: 'entities.url' },
  web_url: { kind: 'text', sql: 'entities.url' },
  change: { kind: 'text', sql: 'entities.change' },
  created_at: { kind: 'time', sql: 'entities.created_at', ms: 'entities.created_ms' },
  updated_at: { kind: 'time', sql: 'entities.updated_at', ms: 'entities.updated_ms' },
  synced_at: { kind: 'time', sql: 'entities.synced_at', ms: 'instant_ms(entities.synced_at)' },
}

const breadcrumbMembers: Readonly<Record<string, string>> = {
  entity_id: 'entityId',
  name: 'name',
  entity_type: 'entityType',
}

const knownKeys = [
  ...Object.keys(columns),
  ...Object.keys(breadcrumbMembers).map(member => `breadcrumbs.${member}`),
  'raw.<path>',
].join(', ')

const longestKey = 500
const mostSteps = 6

/** @throws Failure `invalid` that lists the known keys */
export function filterField(key: unknown, location: Location): FilterField {
  if (typeof key !== 'string') throw wrong(location, `must be a text; known keys: ${knownKeys}`)
  const column = Object.hasOwn(columns, key) ? columns[key] : undefined
  const field = column ?? breadcrumbField(key) ?? rawField(key)
  if (!field) throw wrong(location, `there is no such key; known keys: ${knownKeys}`, 'unknown')
  return field
}

function breadcrumbField(key: string): FilterField | undefined {
  const member = /^breadcrumbs(?:\[\])?\.(\w+)$/.exec(key)?.[1] ?? ''
  if (!Object.hasOwn(breadcrumbMembers, member)) return undefined
  return {
    kind: 'values',
    from: 'json_each(entities.breadcrumbs) as crumb',
    values: [],
    value: `crumb.value ->> '${breadcrumbMembers[member]}'`,
    type: `'text'`,
    isMember: 'true',
    memberValues: [],
  }
}

/**
 * `raw.a.b[0].c` is that value, or any element if it is an array; `raw.items[].name` that member of any item.
 * An object is not a value.
 */
function rawField(key: string): FilterField | undefined {
  if (key.length > longestKey || !/^raw(?:\.[^."[\]\p{Cc}]+(?:\[\d{0,9}\])*)+$/u.test(key)) return undefined
  const steps = key.slice('raw.'.length).replace(/\[\]$/, '').split('[]').map(toPath)
  if (steps.length > mostSteps) return undefined
  const sources = steps.map((_path, index) =>
    index === 0
      ? '(select raw from bodies where bodies.key = entities.key)'
      : `case when step${index - 1}.type in ('object', 'array') then step${index - 1}.value end`,
  )
  const last = steps.length - 1
  return {
    kind: 'values',
    from: sources.map((source, index) => `json_each(${source}, ?) as step${index}`).join(', '),
    values: steps,
    value: `step${last}.value`,
    type: `step${last}.type`,
    // `json_each` of an object gives its members.
    isMember: `json_type(${sources[last]}, ?) is not 'object'`,
    memberValues: [steps[last] ?? ''],
  }
}

/** A path for SQLite's JSON functions, each name quoted (https://www.sqlite.org/json1.html#path_arguments). */
function toPath(step: string): string {
  return `$${step
    .split('.')
    .filter(part => part !== '')
    .map(part => part.replace(/^([^[]*)/, name => (name === '' ? '' : `."${name.replace(/["\\]/g, '\\$&')}"`)))
    .join('')}`
}
