/** The shape of a plugin that was written elsewhere: types are gone at run time, and its author may never have had them. */
import { z } from 'zod'
import type { Plugin } from '../../core/plugin.ts'
import { isLoopback } from './config.ts'
import { fieldErrors, strict } from './strict.ts'

const text = z.string().min(1, { error: 'must not be empty' })
const name = text.regex(/^[a-z][a-z0-9_]*$/, { error: 'takes small letters, digits and underscores, a letter first' })
const names = z.array(name)

/** Nothing is known of a function but that it is one. */
const callable = z.unknown().superRefine((value, context) => {
  if (typeof value === 'function') return
  const message = value === undefined ? 'is missing: give a function' : 'must be a function'
  context.addIssue({ code: 'custom', message })
})

const field = strict({
  name,
  title: text,
  description: text,
  type: z.enum(['string', 'strings', 'boolean', 'integer', 'date', 'datetime']),
  required: z.boolean().optional(),
  secret: z.boolean().optional(),
  minimum: z.number().int().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
})

const source = strict({
  shortName: name,
  title: text,
  description: text,
  labels: z.array(text),
  scopes: z.array(text),
  entityTypes: names.min(1),
  configFields: z.array(field),
  endpoint: name.optional(),
  lane: text.optional(),
  identify: callable,
  sync: callable,
})

const pace = {
  requestsPerSecond: z.number().positive().optional(),
  burst: z.number().int().min(1).optional(),
}

const plugin = strict({
  id: name,
  title: text,
  auth: strict({
    type: z.literal('oauth2'),
    fields: z.array(field),
    repeatable: z.boolean(),
    refreshTokenIdleDays: z.number().positive().optional(),
    refreshRequest: callable,
    readTokens: callable,
    authorizeUrl: callable,
    usesPkce: callable,
    codeRequest: callable,
    readGrant: callable,
  }),
  endpoints: z.record(z.string(), text).refine(places => places.token !== undefined, {
    error: 'has no token: give the URL of the token endpoint',
  }),
  origins: callable,
  headers: z.record(z.string(), z.string()).optional(),
  limits: strict({
    ...pace,
    concurrent: z.number().int().min(1).optional(),
    lanes: z.record(z.string(), strict(pace)).optional(),
  }).optional(),
  classify: callable.optional(),
  proxy: strict({
    endpoint: name.optional(),
    siblings: z.array(text).optional(),
    judge: callable.optional(),
    lane: callable.optional(),
    isTokenRefused: callable.optional(),
  }).optional(),
  clientGuide: strict({
    url: text.regex(/^https:\/\//, { error: 'must begin with https://' }),
    steps: z.array(text).min(1),
    warnings: z.array(text).optional(),
  }).optional(),
  sources: z.array(source).min(1),
})

/** What keeps a value from being a plugin, a sentence each; none for a good one. */
export function problemsOfPlugin(value: unknown): string[] {
  const { error } = plugin.safeParse(value)
  if (!error) return problemsOfOrigins(value as Plugin)
  return fieldErrors(error).map(({ location, message }) => `${location.join('.') || 'the plugin'} ${message}`)
}

/** The token goes there: nothing but a URL that others cannot read on the way will do. */
function problemsOfOrigins({ origins, endpoints }: Plugin): string[] {
  let urls: unknown
  try {
    urls = origins(endpoints)
  } catch {
    return ['origins must answer URLs for its own endpoints, and throws']
  }
  if (!Array.isArray(urls) || urls.length === 0) return ['origins must answer at least one URL for its own endpoints']
  return urls.filter(url => !isSafe(url)).map(() => 'origins must answer URLs that begin with https://')
}

function isSafe(url: unknown): boolean {
  const parsed = typeof url === 'string' ? URL.parse(url) : null
  return parsed !== null && (parsed.protocol === 'https:' || isLoopback(parsed.hostname))
}
