/** What is of a schema, taken from the examples that it and its parts have. */

/** A JSON Schema (2020-12), as far as we look into one. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  examples?: unknown[]
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  [keyword: string]: unknown
}

/** The first example of the schema, else one made of those of its parts; `undefined` where a part has none. */
export function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  if (schema.examples) return schema.examples[0]
  if (schema.$ref !== undefined) return exampleOf(targetOf(schema.$ref, schemas), schemas)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.default !== undefined) return schema.default
  if (schema.items) {
    const item = exampleOf(schema.items, schemas)
    return item === undefined ? undefined : [item]
  }
  if (schema.properties) return exampleOfMembers(schema, schemas)
  return undefined
}

function exampleOfMembers({ properties = {}, required = [] }: Schema, schemas: Readonly<Record<string, Schema>>) {
  const members: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(properties)) {
    const example = exampleOf(member, schemas)
    if (example !== undefined) members[name] = example
    else if (required.includes(name)) return undefined
  }
  return members
}

/** The component that a reference names. */
export function targetOf(reference: string, schemas: Readonly<Record<string, Schema>>): Schema {
  return schemas[reference.replace('#/components/schemas/', '')] ?? {}
}
