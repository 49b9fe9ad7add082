import { Failure, type FieldError, quote } from './errors.ts'
import type { Config, Field } from './plugin.ts'

/** A declared input as it came: anything. */
export type Input = Readonly<Record<string, unknown>>

/**
 * Checks an input against its declared fields and gives the values that are present.
 * @param at the input's own name, with which every location begins
 * @throws Failure `invalid` naming every field that is missing, unknown or wrong
 */
export function readFields(fields: readonly Field[], input: Input, at: string): Config {
  const errors = fieldErrors(fields, input, at)
  if (errors.length > 0) throw invalidFields(errors, `invalid-${at.replace('_', '-')}`, fields)
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Config
}

/** No declared name is longer; what is may be a token gone astray, and is not repeated. */
const longestName = 48

/** One sentence for all of them, and what would have been taken. */
export function invalidFields(errors: readonly FieldError[], problem: string, fields: readonly Field[] = []): Failure {
  const takes = fields.map(({ name, required }) => (required ? `${name} (required)` : name)).join(', ')
  const messages = errors.map(({ message }) => message).join('; ')
  return new Failure('invalid', takes ? `${messages}. It takes: ${takes}.` : `${messages}.`, {
    fields: errors,
    problem,
  })
}

/** One member of an input that is wrong. */
export function invalidAt(field: string, message: string): Failure {
  return new Failure('invalid', message, { fields: [{ location: [field], message, type: 'invalid' }] })
}

function fieldErrors(fields: readonly Field[], input: Input, at: string): FieldError[] {
  const errors: FieldError[] = []
  const add = (name: string, type: FieldError['type'], message: string) =>
    errors.push({ location: [at, name.length <= longestName ? name : '(too long)'], type, message })
  for (const name of Object.keys(input)) {
    if (fields.some(field => field.name === name)) continue
    const close = closest(
      name,
      fields.map(field => field.name),
    )
    add(name, 'unknown', `${at} has no field ${quote(name)}${close ? `; did you mean "${close}"?` : ''}`)
  }
  for (const field of fields) {
    const value = Object.hasOwn(input, field.name) ? input[field.name] : undefined
    if (value === undefined) {
      if (field.required) add(field.name, 'missing', `${at}.${field.name} is missing`)
      continue
    }
    const problem = problemOf(field, value)
    if (problem) add(field.name, 'invalid', `${at}.${field.name} ${problem}`)
  }
  return errors
}

function problemOf(field: Field, value: unknown): string | undefined {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'integer':
      if (!Number.isSafeInteger(value)) return 'must be a whole number'
      return Number(value) >= (field.minimum ?? 0) ? undefined : `must be at least ${field.minimum ?? 0}`
    case 'strings':
      if (!Array.isArray(value)) return 'must be an array of strings'
      return value.map(problemOfText).find(problem => problem !== undefined)
    case 'date':
      return problemOfText(value) ?? (isDate(value as string) ? undefined : 'must be a date like 2026-01-31')
    case 'datetime':
      return (
        problemOfText(value) ?? (isDatetime(value as string) ? undefined : 'must be a time like 2026-01-31T09:30:00Z')
      )
    case 'string':
      return problemOfText(value) ?? (field.secret ? problemOfSecret(value as string) : undefined)
  }
}

export function problemOfText(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string'
  if (value.trim() === '') return 'must not be empty'
  if (value !== value.trim()) return 'must not begin or end with white space'
  return /\p{Cc}/u.test(value) ? 'must not contain control characters' : undefined
}

/** Tokens and secrets travel in HTTP headers and forms: printable ASCII (RFC 6749, appendix A). */
export function problemOfSecret(value: string): string | undefined {
  return /^[\x20-\x7e]+$/.test(value) ? undefined : 'must be printable ASCII characters'
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
}

function isDatetime(text: string): boolean {
  const [date = ''] = text.split('T')
  return (
    isDate(date) &&
    /^[\d-]+T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  )
}

/** The known name that a misspelt one probably means: at most two edits away, or the same but for case and dashes. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const ranked = known
    .map(candidate => ({ candidate, distance: editDistance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= Math.min(2, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined
}

/** Edits between two short texts: letters added, dropped, replaced, or two neighbours swapped (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Number.POSITIVE_INFINITY
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swaps = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = swaps ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      rows[i]?.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
