/** What may be asked of one field of a filter. */
import type { Value } from './database.ts'
import type { FilterField } from './filter-fields.ts'
import { all, type Location, listAt, objectAt, type Sql, wrong } from './filter-input.ts'
import { foldText, instantMs } from './text.ts'

const longestText = 10_000

/** `{ value } | { any } | { except } | { text } | { phrase }` */
export function matches(field: FilterField, match: unknown, location: Location): Sql {
  const members = objectAt(match, location, ['value', 'any', 'except', 'text', 'phrase'])
  const parts: Sql[] = []
  if (members.value !== undefined) parts.push(equals(field, members.value, [...location, 'value']))
  if (members.any !== undefined) parts.push(isOneOf(field, members.any, [...location, 'any'], 'in'))
  if (members.except !== undefined) parts.push(isOneOf(field, members.except, [...location, 'except'], 'not in'))
  for (const [member, holds] of textTests) {
    const text = members[member]
    if (text !== undefined) parts.push(hasText(field, holds, text, [...location, member]))
  }
  if (parts.length === 0) throw wrong(location, 'needs one of value, any, except, text, phrase', 'missing')
  return all(parts)
}

/** `{ gt?, gte?, lt?, lte? }` with numbers, or with dates and times. */
export function ranges(field: FilterField, range: unknown, location: Location): Sql {
  const members = objectAt(range, location, Object.keys(operators))
  const bounds = Object.entries(members).filter(([, bound]) => bound !== undefined && bound !== null)
  if (bounds.length === 0) throw wrong(location, 'needs one of gt, gte, lt, lte', 'missing')
  const tests = bounds.map(([name, bound]) => ({ operator: operators[name] ?? '', bound, place: [...location, name] }))
  if (field.kind === 'text') throw wrong(location, 'is for times and for numbers in raw; this key is a text')
  if (field.kind === 'time') {
    return all(
      tests.map(({ operator, bound, place }) => ({
        text: `${field.ms} ${operator} ?`,
        values: [timeAt(bound, place)],
      })),
    )
  }
  // All bounds of one range are asked of the same element.
  return some(field, all(tests.map(({ operator, bound, place }) => elementBound(field, operator, bound, place))))
}

/** Absent, null, or without an element. */
export function isEmpty(field: FilterField): Sql {
  if (field.kind !== 'values') return { text: `coalesce(${field.sql}, '') = ''`, values: [] }
  return { text: `not exists (select 1 from ${field.from} where ${field.type} <> 'null')`, values: field.values }
}

/** There, and null; of the entity's own members, absent ones are null. */
export function isNull(field: FilterField): Sql {
  if (field.kind !== 'values') return { text: `${field.sql} is null`, values: [] }
  return some(field, { text: `${field.type} = 'null'`, values: [] })
}

const operators: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

/** All words, in any order; or as they stand. */
const textTests = [
  ['text', 'has_words'],
  ['phrase', 'has_phrase'],
] as const

type ValuesField = Extract<FilterField, { kind: 'values' }>

function some(field: ValuesField, test: Sql): Sql {
  return {
    text: `exists (select 1 from ${field.from} where ${test.text} and ${field.isMember})`,
    values: [...field.values, ...test.values, ...field.memberValues],
  }
}

function equals(field: FilterField, value: unknown, location: Location): Sql {
  if (typeof value === 'boolean') {
    if (field.kind !== 'values') throw wrong(location, 'must be a text')
    return some(field, { text: `${field.type} = ?`, values: [String(value)] })
  }
  if (typeof value !== 'string' && typeof value !== 'number') throw wrong(location, 'must be a text, number or boolean')
  return isOneOf(field, [value], location, 'in')
}

function isOneOf(field: FilterField, list: unknown, location: Location, operator: 'in' | 'not in'): Sql {
  const values = listAt(list, location)
  const within = `${operator} (select value from json_each(?))`
  if (field.kind === 'text') return { text: `${field.sql} ${within}`, values: [JSON.stringify(values.map(String))] }
  if (field.kind === 'time') {
    const times = values.map(value => timeAt(value, location))
    return { text: `${field.ms} ${within}`, values: [JSON.stringify(times)] }
  }
  const text = `${field.type} in ('text', 'integer', 'real') and ${field.value} ${within}`
  return some(field, { text, values: [JSON.stringify(values)] })
}

function hasText(field: FilterField, holds: string, text: unknown, location: Location): Sql {
  if (typeof text !== 'string') throw wrong(location, 'must be a text')
  if (text.length > longestText) throw wrong(location, `must have at most ${longestText} characters`)
  const folded: Value[] = [foldText(text)]
  if (field.kind !== 'values') return { text: `${holds}(${field.sql}, ?)`, values: folded }
  return some(field, { text: `${field.type} = 'text' and ${holds}(${field.value}, ?)`, values: folded })
}

function elementBound(field: ValuesField, operator: string, bound: unknown, location: Location): Sql {
  if (typeof bound === 'number') {
    return { text: `${field.type} in ('integer', 'real') and ${field.value} ${operator} ?`, values: [bound] }
  }
  const text = `${field.type} = 'text' and instant_ms(${field.value}) ${operator} ?`
  return { text, values: [timeAt(bound, location)] }
}

function timeAt(value: unknown, location: Location): number {
  const ms = typeof value === 'string' ? instantMs(value) : undefined
  if (ms === undefined) throw wrong(location, 'must be a date or time such as 2026-01-31 or 2026-01-31T09:00:00Z')
  return ms
}
