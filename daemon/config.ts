import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { Failure } from '../core/errors.ts'
import type { ProviderSettings } from '../core/inlet.ts'
import { isJsonObject } from '../core/json.ts'
import { jsonSyntaxError } from './json-syntax.ts'
import type { LogLevel } from './log.ts'
import { configSchema, type Family, isLoopback } from './schemas/config.ts'
import { fieldErrors } from './schemas/strict.ts'

export interface DaemonConfig {
  server: {
    host: string
    port: number
    allowedHosts: readonly string[]
    allowedOrigins: readonly string[]
    rateLimit?: number | undefined
  }
  /** Absolute. */
  dataDir: string
  logLevel: LogLevel
  sync: { concurrency: number; timeoutMinutes: number }
  proxy: { write: boolean }
  history: { jobsDays: number; eventsDays: number }
  /** Files and packages with plugins. */
  plugins: readonly string[]
  providers: Readonly<Record<string, ProviderSettings>>
  /** `INLET_API_KEY`, which no file holds. */
  apiKey?: string | undefined
}

export interface ConfigSource {
  environment: Readonly<Record<string, string | undefined>>
  /** Where `config.json` is looked for, and what relative paths begin at. */
  folder: string
  families: readonly Family[]
}

/**
 * The configuration: the file that `INLET_CONFIG` names, which must exist, else `config.json` in the folder if there is
 * one; then `INLET_HOST` and its kin, which win. A string that is exactly `${NAME}` is read from the environment.
 * @throws Failure `bad_config`, a line for each mistake with the path of its key; never with a value from the file
 */
export function loadConfig({ environment, folder, families }: ConfigSource): DaemonConfig {
  const named = environment.INLET_CONFIG
  const path = resolve(folder, named || 'config.json')
  const given = override(readJson(path, Boolean(named)), environment, path)
  const config = check(given, configSchema(families), path)
  const { host, allowedHosts } = config.server
  if (!isLoopback(host) && allowedHosts.length === 0) {
    throw bad([
      `${path}: server.host opens inlet to other machines: name in server.allowedHosts under which names they reach it, or use localhost`,
    ])
  }
  const apiKey = environment.INLET_API_KEY
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw bad([
      'INLET_API_KEY must be visible ASCII characters without spaces, and not empty: unset it to have a key made',
    ])
  }
  return {
    ...config,
    providers: config.providers as DaemonConfig['providers'],
    dataDir: resolve(folder, config.dataDir),
    apiKey,
  }
}

export interface Place extends Pick<DaemonConfig, 'server' | 'dataDir' | 'apiKey'> {
  /** Its host is said by nothing but a file that lies in the folder, which may be anybody's. */
  isFound?: boolean | undefined
}

/**
 * Where an inlet of this configuration is to be found, for a command that talks to it. What else the file says is not
 * looked at: the variables that it takes need not be set here.
 * @param trusted false where the folder may be anybody's: no file in it then says where the API key is sent
 * @throws Failure `bad_config`
 */
export function loadPlace(
  { environment, folder }: Omit<ConfigSource, 'families'>,
  { trusted = true }: { trusted?: boolean } = {},
): Place {
  const path = resolve(folder, environment.INLET_CONFIG || 'config.json')
  const content = trusted || environment.INLET_CONFIG ? readJson(path, Boolean(environment.INLET_CONFIG)) : {}
  const { server, dataDir } = isJsonObject(content) ? content : {}
  const known = { ...(server !== undefined && { server }), ...(dataDir !== undefined && { dataDir }) }
  const config = check(override(known, environment, path), configSchema([]), path)
  return {
    server: config.server,
    dataDir: resolve(folder, config.dataDir),
    apiKey: environment.INLET_API_KEY,
    isFound: !environment.INLET_CONFIG && !environment.INLET_HOST,
  }
}

/**
 * The plugins that the configuration names, and the folder that their names begin at. What else it says cannot be
 * judged before they are known: it may be about them.
 * @throws Failure `bad_config` when the file cannot be read, or takes a variable that is not set
 */
export function pluginsNamed({ environment, folder }: Omit<ConfigSource, 'families'>): {
  names: readonly string[]
  folder: string
} {
  const path = resolve(folder, environment.INLET_CONFIG || 'config.json')
  const { content } = override(readJson(path, Boolean(environment.INLET_CONFIG)), environment, path)
  const named: unknown = isJsonObject(content) ? content.plugins : undefined
  const names = Array.isArray(named) ? named.filter((name): name is string => typeof name === 'string') : []
  return { names: names.filter(name => name !== ''), folder: dirname(path) }
}

function readJson(path: string, required: boolean): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT' && !required) return {}
    throw bad([
      `${path} cannot be read (${code})${code === 'ENOENT' ? ': INLET_CONFIG names it, but it does not exist' : ''}`,
    ])
  }
  const content = text.replace(/^\uFEFF/, '')
  const position = jsonSyntaxError(content)
  if (position)
    throw bad([
      `${path}: not valid JSON at line ${position.line}, column ${position.column}; check quotes and commas, comments are not taken`,
    ])
  return JSON.parse(content)
}

/** Which key each variable stands for. */
const variables: Readonly<Record<string, readonly string[]>> = {
  INLET_HOST: ['server', 'host'],
  INLET_PORT: ['server', 'port'],
  INLET_DATA_DIR: ['dataDir'],
  INLET_LOG_LEVEL: ['logLevel'],
}

interface Given {
  content: unknown
  /** By key path: the variable that a value came from, so that an error names it, and text may stand for a number. */
  origins: Map<string, string>
  missing: string[]
}

function override(file: unknown, environment: ConfigSource['environment'], path: string): Given {
  const given: Given = { content: undefined, origins: new Map(), missing: [] }
  given.content = substitute(file, [], environment, given)
  for (const [variable, keys] of Object.entries(variables)) {
    const value = environment[variable]
    if (value === undefined) continue
    given.content = withValue(given.content, keys, value)
    given.origins.set(keys.join('.'), variable)
    given.missing = given.missing.filter(line => !line.startsWith(`${keys.join('.')} `))
  }
  if (given.missing.length > 0) throw bad(given.missing.map(line => `${path}: ${line}`))
  return given
}

function substitute(
  value: unknown,
  keys: readonly string[],
  environment: ConfigSource['environment'],
  given: Given,
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => substitute(item, [...keys, String(index)], environment, given))
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, substitute(member, [...keys, key], environment, given)]),
    )
  }
  const variable = typeof value === 'string' ? /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1] : undefined
  if (variable === undefined) return value
  const found = environment[variable]
  if (found === undefined)
    given.missing.push(`${keys.join('.')} takes the environment variable ${variable}, which is not set`)
  given.origins.set(keys.join('.'), variable)
  return found
}

function withValue(content: unknown, [key, ...others]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  if (content !== undefined && !isJsonObject(content)) return content
  return { ...content, [key]: withValue(content?.[key], others, value) }
}

function check<Schema extends z.ZodType>({ content, origins }: Given, schema: Schema, path: string): z.output<Schema> {
  const first = schema.safeParse(content)
  if (first.success) return first.data
  const converted = first.error.issues.reduce((result, issue) => {
    const keys = issue.path.map(String)
    const value =
      issue.code === 'invalid_type' && origins.has(keys.join('.'))
        ? convert(valueAt(content, keys), issue.expected)
        : undefined
    return value === undefined ? result : withValue(result, keys, value)
  }, content)
  const second = schema.safeParse(converted)
  if (second.success) return second.data
  throw bad(
    fieldErrors(second.error).map(({ location, message }) => {
      const key = location.join('.')
      const variable = origins.get(key)
      if (variable !== undefined && variables[variable]) return `${variable} (${key}) ${message}`
      return `${path}: ${key === '' ? 'the content' : key} ${message}${variable === undefined ? '' : ` (it comes from ${variable})`}`
    }),
  )
}

/** The environment has text only: a number or flag in it is one where one is expected. */
function convert(value: unknown, expected: string): number | boolean | undefined {
  if (typeof value !== 'string') return undefined
  if ((expected === 'number' || expected === 'int') && /^\d+(\.\d+)?$/.test(value)) return Number(value)
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return undefined
}

function valueAt(content: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), content)
}

function bad(lines: readonly string[]): Failure {
  return new Failure('bad_config', lines.join('\n'))
}
