/**
 * The OpenAPI document as a judge: whether what was asked and answered is what it says. Its schemas are read by Ajv,
 * which has no part in making them.
 */
import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { OpenApiDocument, Operation } from '../../daemon/openapi/document.ts'
import type { Schema } from '../../daemon/openapi/examples.ts'

export interface OperationAt {
  method: string
  /** With its parameters in braces. */
  path: string
  operation: Operation
}

export function operationsOf({ paths }: OpenApiDocument): OperationAt[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** Every schema under the value, whether it is a component, a parameter's, a body's or a part of one of them. */
export function* schemasIn(value: unknown, place: string): Generator<{ place: string; schema: Schema }> {
  const { properties, items, additionalProperties, allOf, anyOf, oneOf } = value as Schema
  yield { place, schema: value as Schema }
  for (const [name, member] of Object.entries(properties ?? {})) yield* schemasIn(member, `${place}.${name}`)
  if (items) yield* schemasIn(items, `${place}[]`)
  if (typeof additionalProperties === 'object') yield* schemasIn(additionalProperties, `${place}.*`)
  for (const [index, part] of [...(allOf ?? []), ...(anyOf ?? []), ...(oneOf ?? [])].entries()) {
    yield* schemasIn(part, `${place}|${index}`)
  }
}

export interface Validator {
  /** What is wrong with the value, a line each. */
  problems(schema: Schema, value: unknown): string[]
}

/** @param isClosed whether members that a schema does not name are wrong, as they are in an answer */
export function createValidator({ components }: OpenApiDocument, isClosed: boolean): Validator {
  // Unknown keywords and formats are refused: the document must not say what nobody reads.
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, discriminator: true })
  addFormats.default(ajv)
  ajv.addFormat('password', true)
  const prepare = (schema: Schema) => at('inlet:components#/$defs/', isClosed ? closed(schema) : schema)
  const definitions = Object.entries(components.schemas).map(([name, schema]) => [name, prepare(schema)])
  ajv.addSchema({ $id: 'inlet:components', $defs: Object.fromEntries(definitions) })
  const compiled = new Map<string, ValidateFunction>()

  return {
    problems(schema, value) {
      const text = JSON.stringify(schema)
      const validate = compiled.get(text) ?? ajv.compile(prepare(schema))
      compiled.set(text, validate)
      return validate(value) ? [] : (validate.errors ?? []).map(told)
    },
  }
}

function told({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`
}

/** The schema with its references to components at another place. */
function at(place: string, schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', `"${place}`)) as Schema
}

/** The schema, refusing members that it does not name. */
function closed(schema: Schema): Schema {
  const copy = structuredClone(schema)
  for (const { schema: part } of schemasIn(copy, '')) {
    if (part.properties && part.additionalProperties === undefined) part.additionalProperties = false
  }
  return copy
}

export interface Exchange {
  method: string
  /** As it was asked for, with its query. */
  path: string
  /** What the request's `Accept` was. */
  accept?: string | undefined
  status: number
  contentType: string | null
  text: string
}

/** What of an answer the document does not say; nothing where the request was for no operation of it. */
export type AnswerChecker = (exchange: Exchange) => string[]

export function createAnswerChecker(document: OpenApiDocument): AnswerChecker {
  const validator = createValidator(document, true)
  const known = operationsOf(document)
    .map(each => ({ ...each, fits: matcher(each.path), parameters: each.path.split('{').length }))
    // An address that is spelt out comes before one that takes anything there.
    .sort((a, b) => a.parameters - b.parameters)

  return exchange => {
    const { method, accept = '', status, text } = exchange
    const path = (exchange.path.split('?')[0] ?? '').replace(/(.)\/$/, '$1')
    const at = known.find(({ fits }) => fits(path))?.path
    const found = known.find(each => each.path === at && each.method === (method === 'HEAD' ? 'GET' : method))
    if (!found) return []
    const type = exchange.contentType?.split(';')[0] ?? ''
    // A person's browser is shown problems as pages, and led to where it can sign in.
    if (accept.includes('text/html') && (type === 'text/html' || status === 303 || status === 307)) return []
    const what = `${method} ${found.path} answered ${status}`
    const { responses } = found.operation
    const declared = responses[status] ?? responses.default
    if (!declared) return [`${what}, which is not in its description`]
    if (text === '' && (status === 204 || method === 'HEAD')) return []
    const media = declared.content?.[type]
    if (!media?.schema) return [`${what} as ${type || 'nothing'}, which is not in its description`]
    const { schema } = media
    if (type === 'text/event-stream') {
      return dataOf(text).flatMap(data => validator.problems(schema, data).map(problem => `${what}: ${problem}`))
    }
    const body: unknown = /json/.test(type) ? JSON.parse(text) : text
    const problems = validator.problems(schema, body).map(problem => `${what}: ${problem}`)
    if (type !== 'application/problem+json') return problems
    const slug = String((body as { type?: unknown }).type).replace('/problems/', '')
    if (!Object.hasOwn(media.examples ?? {}, slug))
      problems.push(`${what} with ${slug}, which is not in its description`)
    return problems
  }
}

function dataOf(stream: string): unknown[] {
  return [...stream.matchAll(/^data: (.*)$/gm)].map(match => JSON.parse(match[1] ?? '') as unknown)
}

function matcher(path: string): (given: string) => boolean {
  const expression = new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`)
  return given => expression.test(given)
}
