/** Reading a filter that anyone may have sent: what is wrong is refused by its place. */
import { Failure, type FieldError } from '../errors.ts'
import { isJsonObject } from '../json.ts'
import type { Value } from './database.ts'

/** A condition and the values bound to its question marks, in order. */
export interface Sql {
  text: string
  values: Value[]
}

/** Path from the search's root. */
export type Location = readonly (string | number)[]

const longestList = 10_000

/** Conditions that must all hold; none is true. */
export function all(parts: readonly Sql[]): Sql {
  if (parts.length === 0) return { text: 'true', values: [] }
  return { text: `(${parts.map(part => `(${part.text})`).join(' and ')})`, values: parts.flatMap(part => part.values) }
}

export function wrong(location: Location, message: string, type: FieldError['type'] = 'invalid'): Failure {
  return new Failure('invalid', `${location.join('.')}: ${message}`, { fields: [{ location, message, type }] })
}

/** The values of a list of texts and numbers. */
export function listAt(list: unknown, location: Location): (string | number)[] {
  if (!Array.isArray(list)) throw wrong(location, 'must be a list of texts or numbers')
  if (list.length > longestList) throw wrong(location, `must have at most ${longestList} values`)
  return list.map((value: unknown, index) => {
    if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value
    throw wrong([...location, index], 'must be a text or a number')
  })
}

/** A JSON object without members other than these; those that are undefined count as absent. */
export function objectAt(value: unknown, location: Location, known: readonly string[]): Record<string, unknown> {
  if (!isJsonObject(value)) throw wrong(location, 'must be an object')
  for (const member of Object.keys(value)) {
    if (!known.includes(member)) {
      throw wrong([...location, member], `is unknown here; known: ${known.join(', ')}`, 'unknown')
    }
  }
  return value
}
