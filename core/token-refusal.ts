/**
 * Whether an answer says that the token was refused. Mostly the status does; where only the body tells, its beginning is
 * looked at while it passes by: no further than needed, and what was looked at is handed on as it came.
 */
import type { ProxyRules } from './plugin.ts'
import { headerOf } from './proxy-headers.ts'
import type { ByteStream, StreamAnswer } from './transport.ts'

/** Refusals are short: of a longer answer no more is held back. */
const mostBytes = 4096

/**
 * @returns the answer to go on with in place of the given one: its body is whole, whatever was looked at
 * @throws what the rules throw, by no fault of the answer
 */
export async function refusalOf(
  rules: ProxyRules | undefined,
  answer: StreamAnswer,
): Promise<{ isRefused: boolean; answer: StreamAnswer }> {
  const { status, headers } = answer
  if (status === 401) return { isRefused: true, answer }
  const judge = rules?.isTokenRefused
  const isJson = /^application\/json\s*(?:;|$)/i.test(headerOf(headers, 'content-type') ?? '')
  if (!judge || !isJson || Number(headerOf(headers, 'content-length')) > mostBytes) return { isRefused: false, answer }
  const { verdict, body } = await lookAhead(answer.body, beginning => judge(status, beginning)).catch(error => {
    answer.body.destroy()
    throw error
  })
  return { isRefused: verdict === true, answer: { ...answer, body } }
}

/** Reads until `judge` can tell, and no further than a refusal is long. */
async function lookAhead<Verdict>(
  body: ByteStream,
  judge: (beginning: string) => Verdict | undefined,
): Promise<{ verdict: Verdict | undefined; body: ByteStream }> {
  const rest = body[Symbol.asyncIterator]()
  const seen: Uint8Array[] = []
  let bytes = 0
  let verdict: Verdict | undefined
  /** The end, or what broke it off: it is met again by whoever reads on. */
  let last: (() => IteratorResult<Uint8Array>) | undefined
  while (verdict === undefined && !last && bytes <= mostBytes) {
    let result: IteratorResult<Uint8Array>
    try {
      result = await rest.next()
    } catch (error) {
      last = () => {
        throw error
      }
      break
    }
    if (result.done) last = () => result
    else {
      seen.push(result.value)
      bytes += result.value.length
      if (bytes <= mostBytes) verdict = judge(Buffer.concat(seen).toString())
    }
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const value = seen.shift()
    if (value) return { done: false, value }
    return last ? last() : rest.next()
  }
  return {
    verdict,
    body: {
      destroy: () => body.destroy(),
      // A stream that is read by its iterator does not flow by itself any more.
      resume: () => void drain(rest),
      [Symbol.asyncIterator]: () => ({ next }),
    },
  }
}

async function drain(rest: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    while (!(await rest.next()).done);
  } catch {
    // What broke off is over as well.
  }
}
