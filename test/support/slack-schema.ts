/**
 * Values compared with the schemas of Slack's specification. It is a dialect: a list of `items` stands for
 * alternatives, also where there is no array.
 */

export interface Schema {
  $ref?: string
  type?: string | readonly string[]
  enum?: readonly unknown[]
  pattern?: string
  format?: string
  properties?: Readonly<Record<string, Schema>>
  additionalProperties?: boolean
  required?: readonly string[]
  items?: Schema | readonly Schema[]
  minItems?: number
  uniqueItems?: boolean
}

export interface Check {
  definitions: Readonly<Record<string, Schema>>
  /** Members that an object has by another authority: their JSON types, by the object's place. */
  also(place: string): Readonly<Record<string, string>> | undefined
  /** What stands in for the schema of a place, where another authority knows better. */
  instead(place: string, schema: Schema | undefined, value: unknown): Schema | undefined
}

/** What is wrong with a value, a sentence each. @param place where it is, such as `.messages[].edited` */
export function problemsOf(check: Check, given: Schema | undefined, value: unknown, place: string): string[] {
  return problemsBy(check, check.instead(place, given, value), value, place)
}

function problemsBy(check: Check, given: Schema | undefined, value: unknown, place: string): string[] {
  const schema = resolve(check, given)
  if (schema && isAlternatives(schema)) return fewest(schema.items.map(one => problemsBy(check, one, value, place)))
  if (schema) {
    const problem = problemOf(schema, value)
    if (problem) return [`${place || 'the answer'} ${problem}`]
  }
  if (Array.isArray(value)) return problemsOfItems(check, schema, value, place)
  if (typeof value === 'object' && value !== null)
    return problemsOfMembers(check, schema, value as Record<string, unknown>, place)
  return []
}

function problemsOfItems(check: Check, schema: Schema | undefined, values: unknown[], place: string): string[] {
  const { items } = schema ?? {}
  const each = isList(items) ? { items } : items
  return values.flatMap(value => problemsOf(check, each, value, `${place}[]`))
}

function problemsOfMembers(
  check: Check,
  schema: Schema | undefined,
  object: Readonly<Record<string, unknown>>,
  place: string,
): string[] {
  const { properties = {}, required = [], additionalProperties } = schema ?? {}
  const also = check.also(place)
  // What nobody describes must not be in an answer, unless the specification itself leaves an object open.
  const isOpen = schema !== undefined && additionalProperties !== false && !also
  const problems = required.filter(name => !(name in object)).map(name => `${place}.${name} is missing`)
  for (const [name, value] of Object.entries(object)) {
    const here = `${place}.${name}`
    const type = also?.[name]
    if (!properties[name] && type === undefined) {
      if (!isOpen) problems.push(`${here} is known to nobody`)
      continue
    }
    if (type !== undefined && value !== null && !isOf(value, type)) problems.push(`${here} is no ${type}`)
    problems.push(...problemsOf(check, properties[name], value, here))
  }
  return problems
}

function problemOf(schema: Schema, value: unknown): string | undefined {
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type
  if (types && !types.some(type => isOf(value, type))) return `is no ${types.join(' or ')}`
  if (schema.enum && !schema.enum.includes(value)) return `cannot be ${JSON.stringify(value)}`
  if (typeof value === 'string') {
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return `does not fit ${schema.pattern}`
    if (schema.format === 'uri' && !URL.canParse(value)) return 'is no address'
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) return `has less than ${schema.minItems}`
    const isTwice = new Set(value.map(one => JSON.stringify(one))).size < value.length
    if (schema.uniqueItems && isTwice) return 'holds something twice'
  }
  return undefined
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function resolve({ definitions }: Check, schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref === undefined) return schema
  const definition = definitions[schema.$ref.replace('#/definitions/', '')]
  if (!definition) throw new Error(`the specification has no ${schema.$ref}`)
  return definition
}

function isAlternatives(schema: Schema): schema is Schema & { items: readonly Schema[] } {
  return schema.type === undefined && isList(schema.items)
}

function isList(items: Schema['items']): items is readonly Schema[] {
  return Array.isArray(items)
}

function fewest(alternatives: readonly string[][]): string[] {
  return alternatives.toSorted((a, b) => a.length - b.length)[0] ?? []
}
