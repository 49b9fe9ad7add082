import type { OperationPlace, RequestOptions } from './api.ts'
import { errorOf } from './problem.ts'

export type ApiKey = string | (() => string | undefined | Promise<string | undefined>)

export interface Connection {
  /** Where inlet is, without a slash at its end. */
  baseUrl: string
  apiKey: ApiKey | undefined
  fetch: typeof globalThis.fetch
}

export interface Sent extends RequestOptions {
  method?: string | undefined
  headers?: Readonly<Record<string, string>> | undefined
  body?: string | Uint8Array<ArrayBuffer> | undefined
}

/**
 * Sends a request with the key, and gives a good answer.
 * @param path from the base, with its query
 * @throws InletError for any other answer; what `fetch` throws; the signal's reason
 */
export async function send(connection: Connection, path: string, sent: Sent = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body, signal } = sent
  const { apiKey } = connection
  const key = typeof apiKey === 'function' ? await apiKey() : apiKey
  const answer = await connection.fetch(`${connection.baseUrl}${path}`, {
    method,
    headers: { Accept: 'application/json', ...(key ? { 'X-API-Key': key } : {}), ...headers },
    // A redirect could lead the key to another host; inlet sends programs none.
    redirect: 'error',
    ...(body == null ? {} : { body }),
    ...(signal ? { signal } : {}),
  })
  if (answer.ok) return answer
  throw await errorOf(`${method} ${path.split('?')[0]}`, answer)
}

/** Sends what an operation's method was given, and gives the answer's JSON; `undefined` where there is none. */
export async function call(
  connection: Connection,
  place: OperationPlace,
  input: Readonly<Record<string, unknown>> = {},
  { signal }: RequestOptions = {},
): Promise<unknown> {
  const { body } = input
  const answer = await send(connection, addressOf(place, input), {
    method: place.method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    signal,
  })
  const text = await answer.text()
  return text === '' ? undefined : JSON.parse(text)
}

/** The path of an operation with its parameters in it. */
export function addressOf({ path, query = [] }: OperationPlace, input: Readonly<Record<string, unknown>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const value = input[name]
    // An empty one would ask for something else.
    if (value === undefined || value === null || value === '') throw new TypeError(`${name} is missing`)
    return encodeURIComponent(String(value))
  })
  const asked = new URLSearchParams()
  for (const name of query) {
    const value = input[name]
    if (value !== undefined && value !== null) asked.set(name, String(value))
  }
  return asked.size > 0 ? `${filled}?${asked}` : filled
}
