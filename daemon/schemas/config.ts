/** What `config.json` may say. Every key is optional; whatever is not known here stops the start. */
import { z } from 'zod'
import { logLevels } from '../log.ts'
import { strict } from './strict.ts'

/** A provider as far as the configuration must know it: the names of its places. */
export interface Family {
  id: string
  /** Absent while nothing is known of it: any name is taken then. */
  endpoints?: readonly string[] | undefined
}

const text = z.string().min(1, { error: 'must not be empty' })
const positive = z.number().positive({ error: 'must be above 0' })

const endpoint = text.transform((value, context) => {
  const problem = problemOfEndpoint(value)
  if (problem) context.addIssue({ code: 'custom', message: problem })
  return value.replace(/\/+$/, '')
})

const limits = strict({
  requestsPerSecond: positive.optional(),
  burst: z.number().int().min(1).optional(),
  concurrent: z.number().int().min(1).optional(),
})

function provider({ endpoints }: Family) {
  const places = endpoints
    ? strict(Object.fromEntries(endpoints.map(name => [name, endpoint.optional()])))
    : z.record(z.string(), endpoint)
  return strict({
    clientId: text.optional(),
    clientSecret: text.optional(),
    tenant: text.regex(/^[\w.-]+$/, { error: 'takes letters, digits, dots and hyphens' }).optional(),
    endpoints: places.optional(),
    limits: limits.optional(),
  })
}

const days = z.number().int().min(1).max(36_500)

const port = z.number().int().min(0).max(65_535)

const host = text.regex(/^(?:[a-z0-9.-]+|[0-9a-f:.]+|\[[0-9a-f:.]+\])$/i, {
  error: 'must be a host name or an IP address',
})

const allowedHost = text.regex(/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i, {
  error: 'must be a host name, with or without a port',
})

const allowedOrigin = text.refine(value => URL.parse(value)?.origin === value, {
  error: 'must be an origin such as https://app.example, without a path or a slash at its end',
})

/** @param families the providers there are; a section for any other is a mistake */
export function configSchema(families: readonly Family[]) {
  return strict({
    server: strict({
      host: host.default('localhost'),
      port: port.default(8001),
      allowedHosts: z.array(allowedHost).default([]),
      allowedOrigins: z.array(allowedOrigin).default([]),
      rateLimit: z.number().int().min(1).optional(),
    }).prefault({}),
    dataDir: text.default('./data'),
    logLevel: z.enum(logLevels).default('info'),
    sync: strict({
      concurrency: z.number().int().min(1).max(64).default(4),
      timeoutMinutes: positive.default(240),
    }).prefault({}),
    proxy: strict({ write: z.boolean().default(false) }).prefault({}),
    history: strict({
      jobsDays: days.default(90),
      eventsDays: days.default(30),
    }).prefault({}),
    plugins: z.array(text).default([]),
    providers: strict(Object.fromEntries(families.map(family => [family.id, provider(family).optional()]))).prefault(
      {},
    ),
  })
}

/** Tokens go to these places, so they must not be readable on the way. */
function problemOfEndpoint(value: string): string | undefined {
  const url = URL.parse(value)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be a URL that begins with https://'
  if (url.username !== '' || url.password !== '') return 'must not have a user name or password in it'
  if (url.search !== '' || url.hash !== '') return 'must not have a query or a fragment'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must begin with https://: http is for loopback addresses alone'
  return undefined
}

/** Whether a host name or address cannot be reached from other machines. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(host) || /^\[?::1\]?$/.test(host)
}
