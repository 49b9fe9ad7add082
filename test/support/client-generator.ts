/** Writes the types of `inlet/client` from the OpenAPI document: a type for each schema, a method for each operation. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { OpenApiDocument, Parameter } from '../../daemon/openapi/document.ts'
import type { Schema } from '../../daemon/openapi/examples.ts'
import { type OperationAt, operationsOf } from './openapi.ts'

export const generatedFile = 'daemon/client/api.ts'

const root = join(import.meta.dirname, '..', '..')

/** Operations that have no method: streams, which have helpers of their own, and pages for browsers. */
export function isLeftOut({ operation }: OperationAt): boolean {
  return answerOf({ operation }) === undefined
}

export function generateClient(document: OpenApiDocument): string {
  const operations = operationsOf(document)
    .filter(each => !isLeftOut(each))
    .sort((a, b) => (a.operation.operationId ?? '').localeCompare(b.operation.operationId ?? ''))
  const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => a.localeCompare(b))
  const text = [
    '/** Written by `npm run client` from the OpenAPI document: not by hand. */\n',
    ...schemas.map(([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)}\n`),
    '/** The last part of the `type` of a problem. */',
    `export type ProblemName = ${Object.keys(document.components.examples ?? {})
      .map(name => `'${name}'`)
      .join(' | ')}\n`,
    'export interface RequestOptions {\n  /** Ends the request, which then throws its reason. */\n  signal?: AbortSignal | undefined\n}\n',
    '/** A method for each operation: its parameters and its `body` in one object. */',
    `export interface Operations {\n${operations.map(method).join('\n')}\n}\n`,
    'export interface OperationPlace {\n  method: string\n  path: string\n  query?: readonly string[]\n}\n',
    '/** Where each operation is. */',
    `export const operations: Readonly<Record<keyof Operations, OperationPlace>> = {\n${operations.map(place).join('\n')}\n}\n`,
  ].join('\n')
  return formatted(text)
}

function method({ operation }: OperationAt): string {
  const { operationId, summary, parameters = [], requestBody } = operation
  const given = parameters.filter(({ in: place }) => place === 'path' || place === 'query')
  const body = requestBody?.content['application/json']?.schema
  const members = given.map(parameterMember)
  if (body)
    members.push(`body${requestBody?.required ? '' : '?'}: ${optionalType(typeOf(body), requestBody?.required)}`)
  const isOptional = !given.some(({ required }) => required) && !requestBody?.required
  const input = members.length === 0 ? '' : `input${isOptional ? '?' : ''}: {\n${members.join('\n')}\n}, `
  const first = members.length === 0 ? 'input?: undefined, ' : input
  return `${comment(summary)}${operationId}(${first}options?: RequestOptions): Promise<${answerOf({ operation })}>`
}

function parameterMember({ name, required, description, schema = {} }: Parameter): string {
  const type = optionalType(typeOf(schema), required)
  return `${comment(description ?? schema.description)}${name}${required ? '' : '?'}: ${type}`
}

function place({ method, path, operation: { operationId, parameters = [] } }: OperationAt): string {
  const query = parameters.filter(parameter => parameter.in === 'query').map(({ name }) => `'${name}'`)
  const queries = query.length > 0 ? `, query: [${query.join(', ')}]` : ''
  return `${operationId}: { method: '${method}', path: '${path}'${queries} },`
}

/** What a good answer of the operation is; `undefined` where it is no JSON, or a stream. */
function answerOf({ operation: { responses } }: Pick<OperationAt, 'operation'>): string | undefined {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  if (good.some(([, { content }]) => content?.['text/event-stream'])) return undefined
  const types = good.flatMap(([, { content }]) => {
    if (!content) return ['undefined']
    const schema = content['application/json']?.schema
    return schema ? [typeOf(schema)] : []
  })
  return types.some(type => type !== 'undefined') || good.every(([, { content }]) => !content)
    ? types.join(' | ')
    : undefined
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map(typeOf).join(' | ')
  if (schema.allOf) {
    const parts = schema.allOf.map(typeOf).filter(type => type !== 'unknown')
    return parts.length > 0 ? parts.join(' & ') : 'unknown'
  }
  const types = [schema.type ?? []].flat().map(type => simpleType(type, schema))
  return types.length > 0 ? types.join(' | ') : 'unknown'
}

function simpleType(type: string, schema: Schema): string {
  if (type === 'integer') return 'number'
  if (type === 'array') return `(${typeOf(schema.items ?? {})})[]`
  return type === 'object' ? objectType(schema) : type
}

function objectType({ properties, required = [], additionalProperties }: Schema): string {
  const others = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'
  if (!properties) return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${others}>`
  const members = Object.entries(properties).map(([name, member]) => {
    const isRequired = required.includes(name)
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name)
    return `${comment(member.description)}${key}${isRequired ? '' : '?'}: ${optionalType(typeOf(member), isRequired)}`
  })
  const type = members.length > 0 ? `{\n${members.join('\n')}\n}` : 'Record<string, never>'
  return typeof additionalProperties === 'object' ? `${type} & Record<string, ${others}>` : type
}

/** What may be left out may be given as undefined, too. */
function optionalType(type: string, isRequired = false): string {
  return isRequired || type === 'unknown' ? type : `${type} | undefined`
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')} */\n`
}

function formatted(text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome')
  const outcome = spawnSync(biome, ['format', `--stdin-file-path=${generatedFile}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (outcome.status !== 0) throw new Error(`Biome could not format what was generated:\n${outcome.stderr}`)
  return outcome.stdout
}
