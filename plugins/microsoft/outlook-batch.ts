/**
 * Many GETs in one request where the server can: twenty at most, answered in any order, each with a status of its own.
 * https://learn.microsoft.com/graph/json-batching
 */
import {
  type Api,
  Failure,
  isFailure,
  isJsonObject,
  isSkippable,
  type JsonObject,
  mapInOrder,
} from '../../core/plugin.ts'

/** What came of one GET: its JSON, or why there is none (a failure that concerns this one alone). */
export type Answer = { body: JsonObject } | { failure: Failure }

export interface BatchReader {
  /**
   * Answers in the order of the paths (below the base URL, with query).
   * @param expect a member that every good answer has
   * @throws Failure what concerns more than one of them
   */
  read(paths: readonly string[], headers: Readonly<Record<string, string>>, expect: string): Promise<Answer[]>
  /** Like `read`, in one try: `undefined` for what has to be asked for by itself. */
  tryTogether(paths: readonly string[], headers: Readonly<Record<string, string>>): Promise<(Answer | undefined)[]>
}

const batchSize = 20
/** Outlook answers this many at once for one mailbox. */
const singlesAtOnce = 4
/** How often parts are asked for again that failed without a word of when. */
const briefPatience = 3

/** Whether the server at `base` has a batch route is found out once. */
export function createBatchReader(api: Api, base: string): BatchReader {
  let hasBatch = true
  return { read, tryTogether }

  async function read(
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
    expect: string,
  ): Promise<Answer[]> {
    const together = await tryTogether(paths, headers)
    const work = paths.map((path, index) => ({ path, answer: together[index] }))
    const answers: Answer[] = []
    const isGood = (answer: Answer) => 'failure' in answer || answer.body[expect] !== undefined
    const single = ({ path, answer }: (typeof work)[number]) =>
      answer && isGood(answer) ? answer : readOne(path, headers, expect)
    for await (const answer of mapInOrder(work, singlesAtOnce, async item => single(item))) answers.push(answer)
    return answers
  }

  async function tryTogether(
    paths: readonly string[],
    headers: Readonly<Record<string, string>>,
  ): Promise<(Answer | undefined)[]> {
    const answers: (Answer | undefined)[] = paths.map(() => undefined)
    for (let start = 0; start < paths.length && hasBatch; start += batchSize) {
      const indexes = [...paths.keys()].slice(start, start + batchSize)
      if (indexes.length > 1) await readTogether(paths, indexes, headers, answers)
    }
    return answers
  }

  /** What waiting helps is asked for again, after the longest wait that any part asks for. */
  async function readTogether(
    paths: readonly string[],
    indexes: readonly number[],
    headers: Readonly<Record<string, string>>,
    answers: (Answer | undefined)[],
  ): Promise<void> {
    let left = indexes
    for (let attempt = 1; left.length > 0; attempt++) {
      const parts = await post(left.map(index => ({ id: `${index}`, method: 'GET', url: paths[index] ?? '', headers })))
      const limited: number[] = []
      let longest: Failure | undefined
      for (const index of left) {
        const part = parts.get(`${index}`)
        const failure = part && api.failureOf(part.status, part.headers, part.body, what(paths[index] ?? ''))
        if (failure?.remedy === 'wait') {
          limited.push(index)
          if ((failure.retryAfterMs ?? 0) >= (longest?.retryAfterMs ?? 0)) longest = failure
        } else if (failure) {
          // A batch may know fewer routes than the server: only what is surely gone is believed.
          if (/ItemNotFound/i.test(failure.providerError ?? '')) answers[index] = { failure }
        } else if (isJsonObject(part?.body)) answers[index] = { body: part.body }
      }
      left = limited
      if (longest && !(await isWorthWaiting(longest, attempt))) return
    }
  }

  async function isWorthWaiting(failure: Failure, attempt: number): Promise<boolean> {
    // One that stays broken is not to keep the others waiting: by itself it is judged by itself.
    if (failure.code !== 'rate_limited' && attempt > briefPatience) return false
    try {
      await api.backOff(failure, attempt)
      return true
    } catch (error) {
      if (error === failure) return false
      throw error
    }
  }

  async function post(requests: JsonObject[]): Promise<Map<string, Part>> {
    try {
      const { responses } = await api.get<{ responses?: unknown }>(`${base}/$batch`, {
        ...{ json: { requests }, cost: requests.length },
      })
      if (Array.isArray(responses)) return new Map(responses.flatMap(toPart))
    } catch (error) {
      const isRefused = isFailure(error) && [400, 403, 404, 405, 501].includes(error.status ?? 0)
      if (!isRefused) throw error
    }
    hasBatch = false
    return new Map()
  }

  async function readOne(path: string, headers: Readonly<Record<string, string>>, expect: string): Promise<Answer> {
    try {
      return { body: await api.get<JsonObject>(`${base}${path}`, { headers, expect: [expect], item: true }) }
    } catch (error) {
      if (isSkippable(error)) return { failure: error }
      if (!isRouteMissing(error)) throw error
      return { failure: new Failure('item_missing', error.message, { status: error.status, cause: error }) }
    }
  }

  function what(path: string): string {
    return `GET ${base}${path.split('?', 1)[0]}`
  }
}

/** Whether the server does not have the route, or not with this method. */
export function isRouteMissing(error: unknown): error is Failure {
  return isFailure(error) && (error.status === 404 || error.status === 405 || error.status === 501)
}

interface Part {
  status: number
  headers: Record<string, string>
  body: unknown
}

function toPart(response: unknown): [string, Part][] {
  if (!isJsonObject(response) || typeof response.status !== 'number') return []
  const given = isJsonObject(response.headers) ? Object.entries(response.headers) : []
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)]))
  return [[String(response.id), { status: response.status, headers, body: response.body }]]
}
