/** Requests and answers compared with Asana's own specification (its provenance is in the file). */
import specification from './specs/asana.json' with { type: 'json' }

interface Parameter {
  type: string
  minimum?: number
  maximum?: number
  required?: boolean
}

interface Operation {
  id: string
  resource: string
  list: boolean
  parameters: Readonly<Record<string, Parameter>>
}

const operations: Readonly<Record<string, Operation>> = specification.operations
const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = specification.fields
/** Members of every compact object, whatever is asked for. */
const compact = new Set(['gid', 'resource_type', 'resource_subtype', 'name'])

export function operationOf(pattern: string): Operation {
  const operation = operations[pattern]
  if (!operation) throw new Error(`the specification has no ${pattern}`)
  return operation
}

/** What is wrong with a request, a sentence each. */
export function checkQuery(pattern: string, query: URLSearchParams): string[] {
  const { parameters, resource } = operationOf(pattern)
  const problems: string[] = []
  for (const name of new Set(query.keys())) {
    const value = query.get(name) ?? ''
    if (query.getAll(name).length > 1) problems.push(`${pattern}: ${name} is given twice`)
    if (name === 'opt_fields') {
      const unknown = value.split(',').filter(field => !(field in (fields[resource] ?? {})))
      problems.push(...unknown.map(field => `${pattern}: opt_fields has no ${field}`))
      continue
    }
    const parameter = parameters[name]
    if (!parameter) problems.push(`${pattern}: there is no parameter ${name}`)
    else if (!fits(value, parameter)) problems.push(`${pattern}: ${name} cannot be ${value}`)
  }
  for (const [name, { required }] of Object.entries(parameters)) {
    if (required && !query.has(name)) problems.push(`${pattern}: ${name} is missing`)
  }
  // A list without a limit is cut off wherever Asana likes.
  if (parameters.limit && !query.has('limit')) problems.push(`${pattern}: limit is missing`)
  return problems
}

/** What is wrong with an answer to such a request, a sentence each. */
export function checkAnswer(pattern: string, query: URLSearchParams, body: { data?: unknown }): string[] {
  const { resource, list } = operationOf(pattern)
  const { data } = body
  if (Array.isArray(data) !== list) return [`${pattern}: data is ${list ? 'no' : 'a'} list`]
  const asked = query.get('opt_fields')?.split(',')
  return (Array.isArray(data) ? data : [data]).flatMap(object => checkObject(pattern, resource, object, asked, ''))
}

function checkObject(
  pattern: string,
  resource: string,
  object: unknown,
  asked: readonly string[] | undefined,
  path: string,
): string[] {
  if (typeof object !== 'object' || object === null) return [`${pattern}: ${path || 'data'} has no object`]
  return Object.entries(object).flatMap(([name, value]): string[] => {
    const field = path ? `${path}.${name}` : name
    if (compact.has(name) && !(field in (fields[resource] ?? {}))) return []
    const type = fields[resource]?.[field]
    if (type === undefined) return [`${pattern}: ${resource} has no ${field}`]
    if (asked && !asked.some(one => one === field || one.startsWith(`${field}.`))) {
      return [`${pattern}: ${field} was not asked for`]
    }
    if (value === null) return []
    if (!isOf(value, type)) return [`${pattern}: ${field} is no ${type}`]
    const below = Array.isArray(value) ? value : [value]
    return below.flatMap(one =>
      typeof one === 'object' && one !== null ? checkObject(pattern, resource, one, asked, field) : [],
    )
  })
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'any') return true
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type && !Array.isArray(value)
}

function fits(value: string, { type, minimum = -Infinity, maximum = Infinity }: Parameter): boolean {
  if (type === 'boolean') return value === 'true' || value === 'false'
  if (type !== 'integer') return value !== ''
  return /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum
}
