/** The HTTP API as a program of a user calls it: `fetch`, the key, JSON and server-sent events. */
import { readFile } from 'node:fs/promises'

export interface ApiClient {
  /** The parsed answer. Throws with method, path, status and the problem's detail when it is not a good one. */
  call<Answer>(method: string, path: string, body?: object): Promise<Answer>
  /** The `data` of each event until the stream ends; from after an earlier one, if asked. */
  events<Data>(path: string, options?: Following): AsyncGenerator<{ event: string; data: Data }, void, undefined>
}

export interface Following {
  signal?: AbortSignal | undefined
  /** Sent as `Last-Event-ID`. */
  after?: string | undefined
}

export interface Job {
  id: string
  status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  duration_seconds: number | null
  entities_inserted: number
  entities_updated: number
  entities_kept: number
  entities_encountered: Record<string, number>
  requests: number
  error: string | null
}

export interface Connection {
  id: string
  name: string
  status: string
  latest_sync_job_id: string | null
  entities: { total_entities: number; by_type: Record<string, { count: number }> }
}

export interface SearchHit {
  name: string
  source_name: string
  entity_type: string
  url: string | null
  text: string
  snippet: string
}

export async function createApiClient(url: string, apiKeyFile: string): Promise<ApiClient> {
  const key = (await readFile(apiKeyFile, 'utf8')).trim()

  async function send(method: string, path: string, options: { body?: object | undefined } & Following) {
    const { body, signal, after } = options
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        'X-API-Key': key,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(after === undefined ? {} : { 'Last-Event-ID': after }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    })
    if (answer.ok) return answer
    throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  }

  return {
    async call<Answer>(method: string, path: string, body?: object) {
      return (await (await send(method, path, { body })).json()) as Answer
    },
    async *events<Data>(path: string, following: Following = {}) {
      const answer = await send('GET', path, following)
      for await (const block of blocks(answer)) {
        const lines = block.split('\n')
        const event = lines.find(line => line.startsWith('event: '))?.slice('event: '.length) ?? 'message'
        const data = lines.find(line => line.startsWith('data: '))?.slice('data: '.length)
        if (data !== undefined) yield { event, data: JSON.parse(data) as Data }
      }
    },
  }
}

/** What stands between empty lines. */
async function* blocks(answer: Response): AsyncGenerator<string, void, undefined> {
  if (!answer.body) return
  let rest = ''
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split('\n\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}
