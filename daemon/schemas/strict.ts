/** What every schema is made of: objects that name what they do not know, and the errors of all of them in one shape. */
import { z } from 'zod'
import type { FieldError } from '../../core/errors.ts'
import { closest } from '../../core/fields.ts'

/** Names that clients send may be anything, a misplaced token included; a long one is not repeated. */
const longestName = 48

/** An object without other members than these; each other one is an error of its own, with what was probably meant. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => `${quoted(key)} is not known here; ${suggestion(key, known)}`).join('\n')
        : undefined,
  })
}

/** A person's next step after a name that is not known: the one that was meant, else all there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = closest(name, known)
  if (meant !== undefined) return `did you mean "${meant}"?`
  return known.length === 0 ? 'nothing is taken here' : `it takes ${known.join(', ')}`
}

/** A string of so many characters, as people count them (code points). */
export function characters(minimum: number, maximum: number) {
  return z
    .string()
    .refine(text => lengthWithin(text, minimum, maximum), { error: `takes ${minimum} to ${maximum} characters` })
    .meta({ minLength: minimum, maxLength: maximum })
}

/** Every issue as a member that is wrong, what to do about it, and which kind of mistake it is. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap(fieldErrorsOf)
}

function fieldErrorsOf(issue: z.core.$ZodIssue): FieldError[] {
  const location = issue.path.map(step => (typeof step === 'number' ? step : shown(String(step))))
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      location: [...location, shown(key)],
      message: messages[index] ?? issue.message,
      type: 'unknown',
    }))
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  if (missing) return [{ location, message: `is missing: give ${article(issue.expected)}`, type: 'missing' }]
  return [{ location, message: plain(issue), type: 'invalid' }]
}

function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${unit(issue.origin)}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unit(issue.origin)}`
  return issue.message
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' items' : ''
}

function article(expected: string): string {
  const name = { int: 'integer', record: 'object' }[expected] ?? expected
  return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`
}

function shown(name: string): string {
  return name.length > longestName ? '(long name)' : name
}

function quoted(name: string): string {
  return name.length > longestName ? 'a long name' : JSON.stringify(name)
}

function lengthWithin(text: string, minimum: number, maximum: number): boolean {
  const { length } = [...text]
  return length >= minimum && length <= maximum
}
