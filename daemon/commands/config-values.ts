/** `--config NAME=VALUE`, with the types that a source declares. */
import { meantBy, misuse } from '../command-line/parse.ts'
import { type FieldBody, pairOf } from './credential-fields.ts'

export const configOption = {
  value: 'NAME=VALUE',
  multiple: true,
  description: 'a configuration field of the source; a list takes commas, or the option again',
} as const

/** @throws Failure `invalid`: a field that there is not, or a value of another type */
export function readConfig(
  fields: readonly FieldBody[],
  given: readonly string[],
  path: string,
): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const text of given) {
    const [name, value] = pairOf(text, 'config', path)
    const field = fields.find(candidate => candidate.name === name)
    if (!field) {
      const names = fields.map(candidate => candidate.name)
      const meant = meantBy(name, names)
      const all = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none'
      throw misuse(
        `inlet ${path} has no configuration field of that name: ${meant ? `did you mean "${meant}"?` : all}`,
        path,
      )
    }
    if (field.type !== 'array' && Object.hasOwn(config, name)) throw misuse(`inlet ${path} takes ${name} once`, path)
    config[name] = field.type === 'array' ? [...listIn(config[name]), ...itemsOf(value)] : typed(field, value, path)
  }
  return config
}

function listIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : []
}

function itemsOf(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function typed({ name, type }: FieldBody, value: string, path: string): unknown {
  if (type === 'boolean') {
    if (/^(true|yes|on|1)$/i.test(value)) return true
    if (/^(false|no|off|0)$/i.test(value)) return false
    throw misuse(`inlet ${path} takes true or false for ${name}`, path)
  }
  if (type !== 'integer') return value
  if (/^-?\d{1,15}$/.test(value)) return Number(value)
  throw misuse(`inlet ${path} takes a whole number for ${name}`, path)
}
