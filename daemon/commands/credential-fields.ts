/**
 * Where `inlet connect` takes the fields of a credential from: options (those that are no secret), a file, the
 * environment, and a person who is asked. A secret is never a word of a command line: shells write those down, and
 * other users of the machine see them.
 */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../../core/errors.ts'
import type { CommandContext } from '../command-line/context.ts'
import { meantBy, misuse } from '../command-line/parse.ts'
import type { SourceBody } from '../schemas/source.ts'

export type FieldBody = SourceBody['auth_fields']['fields'][number]

export type Credential = Readonly<Record<string, string>>

export interface FieldOptions {
  /** `name=value`, as they were given. */
  field: readonly string[]
  'fields-file'?: string | undefined
}

export const fieldOptions = {
  field: {
    value: 'NAME=VALUE',
    multiple: true,
    description: 'a credential field that is no secret, such as client_id or tenant',
  },
  'fields-file': {
    value: 'FILE',
    completes: 'file',
    description: 'a file with credential fields, as JSON or as lines NAME=VALUE; - is the standard input',
  },
} as const

/** Options that people may try to give a secret with. */
export const refusedFields = Object.fromEntries(
  ['access-token', 'refresh-token', 'client-secret', 'token', 'secret', 'password'].map(name => [
    name,
    `takes no --${name}: what is on a command line is kept in your shell's history and seen by others. Leave it out and you are asked, or give it in ${variableOf(/^(token|secret|password)$/.test(name) ? 'access_token' : name)} or in a file (--fields-file)`,
  ]),
)

/** Such as `INLET_FIELD_ACCESS_TOKEN`. */
export function variableOf(name: string): string {
  return `INLET_FIELD_${name.toUpperCase().replaceAll('-', '_')}`
}

/**
 * What is given without asking anybody. An option wins over the file, which wins over the environment.
 * @param path of the command, for what is said about mistakes
 * @throws Failure `invalid`, never with a value in its message; `bad_config` for a file that cannot be read
 */
export async function givenFields(
  fields: readonly FieldBody[],
  { field, 'fields-file': file }: FieldOptions,
  path: string,
  context: CommandContext,
): Promise<Credential> {
  const found: Record<string, string> = {}
  for (const { name } of fields) {
    const value = context.environment[variableOf(name)]
    if (value) found[name] = value
  }
  if (file !== undefined) Object.assign(found, await fileFields(fields, file, path, context))
  for (const text of field) {
    const [name, value] = pairOf(text, 'field', path)
    const known = knownField(fields, name, path)
    if (known.secret) {
      const message = `inlet ${path} takes no secret on the command line, and ${name} is one: leave it out and you are asked, or give it in ${variableOf(name)} or in a file (--fields-file)`
      throw misuse(message, path)
    }
    found[name] = value
  }
  return found
}

/**
 * Asks for what is required and missing, and then for what goes with it: a refresh token, and the client it needs.
 * @throws Failure `invalid` where nobody can be asked
 */
export async function completeFields(
  fields: readonly FieldBody[],
  given: Credential,
  source: string,
  { ask, tell }: CommandContext,
): Promise<Credential> {
  const missing = fields.filter(({ name, required }) => required && given[name] === undefined)
  if (missing.length === 0) return given
  if (!ask) {
    const names = missing.map(({ name }) => name).join(', ')
    const variables = missing.map(({ name }) => variableOf(name)).join(', ')
    const message = `${source} needs ${names}, and there is no terminal to ask on: set ${variables}, or give --fields-file, or sign in with --browser`
    throw new Failure('invalid', message)
  }
  tell(`What you type is not shown. To sign in with a browser instead, press Ctrl-C and add --browser.`)
  const found: Record<string, string> = { ...given }
  for (const { name, title } of missing) {
    const value = (await ask(`${title} (${name}): `)).trim()
    if (value === '') throw new Failure('cancelled', `nothing was typed for ${name}: nothing was done`)
    found[name] = value
  }
  const askFor = async (name: string) => {
    const field = fields.find(candidate => candidate.name === name)
    if (!field || found[name] !== undefined) return
    const value = (await ask(`${field.title} (${name}; empty for none): `, { isShown: !field.secret })).trim()
    if (value !== '') found[name] = value
  }
  await askFor('refresh_token')
  // A refresh token is of use with the client that it was given to; one in the configuration need not be repeated.
  if (found.refresh_token !== undefined) for (const name of ['client_id', 'client_secret', 'tenant']) await askFor(name)
  return found
}

/** @throws Failure `invalid`: it is no `name=value` */
export function pairOf(text: string, option: string, path: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw misuse(`inlet ${path} takes --${option} as NAME=VALUE`, path)
}

function knownField(fields: readonly FieldBody[], name: string, path: string): FieldBody {
  const known = fields.find(field => field.name === name)
  if (known) return known
  const names = fields.map(field => field.name)
  const meant = meantBy(name, names)
  throw misuse(
    `inlet ${path} has no credential field of that name: ${meant ? `did you mean "${meant}"?` : `there are ${names.join(', ')}`}`,
    path,
  )
}

async function fileFields(
  fields: readonly FieldBody[],
  file: string,
  path: string,
  context: CommandContext,
): Promise<Credential> {
  const text = file === '-' ? await context.readInput() : await readPrivately(resolve(context.folder, file), context)
  const read = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
  if (!read) {
    const message = `the credential fields in ${file === '-' ? 'the standard input' : file} cannot be read: give a JSON object of texts, or lines NAME=VALUE`
    throw new Failure('invalid', message)
  }
  for (const name of Object.keys(read)) knownField(fields, name, path)
  return read
}

async function readPrivately(file: string, { warn }: CommandContext): Promise<string> {
  try {
    const { mode } = await stat(file)
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0
    if (isOpen) warn(`other users of this machine may read ${file}: chmod 600 ${file}`)
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new Failure('bad_config', `${file} cannot be read (${code})`)
  }
}

function fromJson(text: string): Credential | undefined {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>)
    return entries.every(([, value]) => typeof value === 'string')
      ? (Object.fromEntries(entries) as Credential)
      : undefined
  } catch {
    return undefined
  }
}

function fromLines(text: string): Credential | undefined {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.trim().startsWith('#'))
  const pairs = lines.map(line => /^\s*([a-z_]+)\s*=\s*(?:"(.*)"|'(.*)'|(.*?))\s*$/.exec(line))
  if (lines.length === 0 || pairs.some(pair => pair === null)) return undefined
  return Object.fromEntries(pairs.map(pair => [pair?.[1] ?? '', pair?.[2] ?? pair?.[3] ?? pair?.[4] ?? '']))
}
