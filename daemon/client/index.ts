/**
 * The API of a daemon as typed methods, one for each operation of its OpenAPI document, for scripts and programs that
 * embed none of inlet. It needs `fetch` and nothing else, on Node and in browsers.
 */
import { type Changes, type Event, type JobProgress, type Operations, operations } from './api.ts'
import { apiKeyFromEnvironment } from './api-key.ts'
import { type ChangesOptions, followChanges } from './changes.ts'
import { followStream, type StreamOptions } from './event-stream.ts'
import { type ApiKey, addressOf, type Connection, call, type Sent, send } from './request.ts'
import { type Sleep, sleep } from './sleep.ts'

export type * from './api.ts'
export { apiKeyFromFile } from './api-key.ts'
export type { ChangesOptions } from './changes.ts'
export type { StreamOptions } from './event-stream.ts'
export { InletError } from './problem.ts'
export type { ApiKey, Sent } from './request.ts'

export interface ClientOptions {
  /** Where the daemon is; default `http://localhost:8001`. */
  baseUrl?: string | undefined
  /** The key, or what gives it, such as `apiKeyFromFile('data/api-key')`; default: `INLET_API_KEY` of the environment. */
  apiKey?: ApiKey | undefined
  /** What sends requests; default: the global one. */
  fetch?: typeof globalThis.fetch | undefined
  /** How to wait between polls, and before asking again; default: by the clock. */
  sleep?: Sleep | undefined
}

export interface Client extends Operations {
  /**
   * A collection page by page, and then what changes in it. A page without entities says that there is no more for
   * now: it is the last one, or with `follow` the sign that everything is there. Keep `next_cursor` when what the page
   * has is done with, and give it as `after` to go on from there, now or next week: nothing comes twice or is lost.
   * @throws InletError; what `fetch` throws; the signal's reason
   */
  changes(readableId: string, options?: ChangesOptions): AsyncGenerator<Changes, void, undefined>
  /**
   * What happens in the daemon, from now on or from the one after the event whose id is `after`; broken connections are
   * made again, and go on where they broke off.
   * @throws InletError; what `fetch` throws, if the daemon was never reached; the signal's reason
   */
  events(options?: StreamOptions): AsyncGenerator<Event, void, undefined>
  /**
   * A job as it goes, until its end: the last one given is the job as it ended.
   * @throws InletError; what `fetch` throws, if the daemon was never reached; the signal's reason
   */
  jobEvents(
    connectionId: string,
    jobId: string,
    options?: Pick<StreamOptions, 'signal'>,
  ): AsyncGenerator<JobProgress, void, undefined>
  /**
   * Any other request, with the key.
   * @param path from the base, such as `/metrics`
   * @throws InletError for an answer that is not a good one; what `fetch` throws
   */
  fetch(path: string, sent?: Sent): Promise<Response>
}

export function createClient(options: ClientOptions = {}): Client {
  const connection: Connection = {
    baseUrl: (options.baseUrl ?? 'http://localhost:8001').replace(/\/+$/, ''),
    apiKey: options.apiKey ?? apiKeyFromEnvironment,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  }
  const wait = options.sleep ?? sleep
  const methods = Object.fromEntries(
    Object.entries(operations).map(([name, place]) => [
      name,
      (input?: Readonly<Record<string, unknown>>, given?: Sent) => call(connection, place, input, given),
    ]),
  ) as unknown as Operations

  return {
    ...methods,
    changes: (readableId, given = {}) => followChanges(methods, wait, readableId, given),
    async *events(given = {}) {
      for await (const { data } of followStream(connection, wait, '/events', given)) yield JSON.parse(data) as Event
    },
    async *jobEvents(connectionId, jobId, given = {}) {
      const place = { method: 'GET', path: '/source-connections/{connection}/jobs/{job}/events' }
      const path = addressOf(place, { connection: connectionId, job: jobId })
      for await (const { event, data } of followStream(connection, wait, path, given)) {
        // It repeats what came just before it.
        if (event === 'end') return
        yield JSON.parse(data) as JobProgress
      }
    },
    fetch: (path, sent) => send(connection, path, sent),
  }
}
