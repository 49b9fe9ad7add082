/** What a connection is made of: its row as it begins, its name, its state, and the refusals that concern one. */
import { randomUUID } from 'node:crypto'
import { Failure, type FieldError, quote } from './errors.ts'
import { closest, invalidAt, invalidFields, problemOfSecret, problemOfText } from './fields.ts'
import type { ConnectionView, CreateConnection, SourceInfo } from './inlet.ts'
import type { JsonObject } from './json.ts'
import type { Config } from './plugin.ts'
import { Secret } from './secret.ts'
import type { ConnectionRow, JobRow } from './store/store.ts'

export function statusOf(row: ConnectionRow, lastJob: JobRow | null): ConnectionView['status'] {
  if (lastJob?.status === 'pending' || lastJob?.status === 'in_progress') return 'in_progress'
  if (row.authState !== 'ready') return row.authState
  return row.lastErrorCategory ? 'failing' : 'active'
}

export function newConnection(
  input: CreateConnection & { name: string; collection: string },
  config: Config,
  now: string,
  timing: { cronSchedule: string | null; timezone: string | null; nextRunAt: string | null },
): ConnectionRow {
  return {
    id: randomUUID(),
    name: input.name,
    description: input.description ?? null,
    shortName: input.shortName,
    collection: input.collection,
    config: config as JsonObject,
    authFieldNames: [],
    whiteLabelId: input.whiteLabelId?.toLowerCase() ?? null,
    ...timing,
    createdAt: now,
    modifiedAt: now,
    authState: 'pending_auth',
    authenticatedAt: null,
    expiresAt: null,
    needsPersonAt: null,
    needsPersonBecause: null,
    needTellAt: null,
    account: null,
    credentialGeneration: 0,
    cursor: null,
    cursorKey: null,
    listing: null,
    generation: 0,
    totalRuns: 0,
    successfulRuns: 0,
    failedRuns: 0,
    lastErrorCategory: null,
    lastErrorMessage: null,
  }
}

const shortestName = 4
const longestName = 42

export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length >= shortestName && trimmed.length <= longestName) return trimmed
  throw invalidAt('name', `name must have ${shortestName} to ${longestName} characters`)
}

export function defaultName(title: string, collection: string): string {
  return `${title} ${collection}`.slice(0, longestName).trim()
}

export function readOverride(accessToken: string): Secret {
  const problem = problemOfText(accessToken) ?? problemOfSecret(accessToken)
  if (problem) throw invalidAt('access_token', `access_token ${problem}`)
  return new Secret(accessToken)
}

export function clientMissing(info: SourceInfo): Failure {
  const family = info.plugin.id
  const message = `a refresh_token needs the OAuth client that issued it: give client_id (and client_secret) in auth_fields, or set providers.${family}.clientId in the configuration`
  const error: FieldError = { location: ['auth_fields', 'client_id'], type: 'missing', message }
  return invalidFields([error], 'invalid-auth-fields', info.authFields)
}

export function unknownConnection(id: string): Failure {
  return new Failure('not_found', `there is no connection ${quote(id)}`, { problem: 'unknown-connection' })
}

export function unknownCollection(readableId: string): Failure {
  return new Failure('not_found', `there is no collection ${quote(readableId)}`, { problem: 'unknown-collection' })
}

export function unknownEntity(id: string): Failure {
  return new Failure('not_found', `there is no entity ${quote(id)}`, { problem: 'unknown-entity' })
}

export function unknownWhiteLabel(): Failure {
  return new Failure('not_found', 'there is no such white label', { problem: 'unknown-white-label' })
}

/** @throws Failure `not_found` (`unknown-source`) naming the known sources */
export function findSource(sources: readonly SourceInfo[], shortName: string): SourceInfo {
  const names = sources.map(({ source }) => source.shortName)
  const found = sources.find(({ source }) => source.shortName === shortName)
  if (found) return found
  const close = closest(shortName, names)
  const hint = close ? ` Did you mean "${close}"?` : ''
  const message = `there is no source ${quote(shortName)}.${hint} Known sources: ${names.join(', ')}.`
  throw new Failure('not_found', message, { problem: 'unknown-source' })
}
