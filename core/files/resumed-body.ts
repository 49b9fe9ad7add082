/**
 * The body of a file that may come in several goes: where the connection broke, the next try asks for the rest alone
 * (RFC 9110, sections 13.1.5 and 14: `If-Range`, `Range`).
 */
import { createHash } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { BodySink } from '../transport.ts'
import type { Draft } from './downloads.ts'

export interface ResumedBody extends BodySink {
  /** What is wrong with what has come, whatever the file. */
  malformation(): Failure | undefined
  /** Whether what has come is what the provider told of. */
  isAsTold(): boolean
  /** Lets the next try begin anew, whatever has come. */
  restart(): Promise<void>
}

export interface ResumedBodyOptions {
  draft: Draft
  /** Beyond as many bytes the file is given up. */
  maxBytes: number
  /** In bytes, as the provider tells it. */
  size: number | undefined
  /** In hexadecimal digits, as the provider tells it. */
  md5: string | undefined
  /** Whether it is a JSON object. */
  isJson: boolean
  /** What failures name. */
  where: string
}

/** Below this, coming anew costs less than going on. */
const largeBytes = 256 * 1024

export function createResumedBody(options: ResumedBodyOptions): ResumedBody {
  const { draft, maxBytes, size, md5, where } = options
  /** Of the answer whose body is being taken; its rest must be of the same. */
  let first: Readonly<Record<string, string>> | undefined
  let sum = createHash('md5')
  /** The most that was there whenever `hasGrown` was asked: what comes again after a new beginning is no progress. */
  let noticed = 0

  return {
    headers() {
      // What is compressed on its way cannot go on in its middle.
      const plain: Record<string, string> = (size ?? 0) > largeBytes ? { 'accept-encoding': 'identity' } : {}
      if (!first || !canGoOn()) return plain
      const validator = validatorIn(first)
      const condition = validator === undefined ? {} : { 'if-range': validator }
      return { 'accept-encoding': 'identity', range: `bytes=${draft.size}-`, ...condition }
    },
    async begin(status, headers) {
      if (status === 206 && first && canGoOn()) {
        if (isRestOf(first, headers)) return
        await restart()
        throw new Failure('unavailable', `${where} answered another part of the file than was asked for`)
      }
      await restart()
      if (status === 206)
        throw new Failure('unavailable', `${where} answered a part of the file that was not asked for`)
      if (wholeLength(headers) > maxBytes) throw tooLarge()
      first = headers
    },
    write(chunk) {
      if (draft.size + chunk.length > maxBytes) throw tooLarge()
      if (md5 !== undefined) sum.update(chunk)
      return draft.write(chunk)
    },
    hasGrown() {
      const hasGrown = canGoOn() && draft.size > noticed + largeBytes
      noticed = Math.max(noticed, draft.size)
      return hasGrown
    },
    async refuse(status) {
      if (status !== 416 || !canGoOn()) return false
      await restart()
      return true
    },
    malformation() {
      if (!options.isJson || /^\s*\{/.test(Buffer.from(draft.head).toString('latin1'))) return undefined
      return new Failure('bad_response', `${where} answered something that is not JSON`)
    },
    isAsTold() {
      if (size !== undefined && draft.size !== size) return false
      return md5 === undefined || sum.copy().digest('hex') === md5.toLowerCase()
    },
    restart,
  }

  /**
   * Only what is not compressed can; and only where something tells that the rest is of the same file: a validator, the
   * provider's checksum of the whole, or at least a server that offers parts and how long the whole is.
   */
  function canGoOn(): boolean {
    if (!first || draft.size === 0 || !isPlain(first) || first['accept-ranges'] === 'none') return false
    const isWeak = first.etag?.startsWith('W/') ?? false
    const offersParts = first['accept-ranges'] === 'bytes' && Number.isFinite(wholeLength(first)) && !isWeak
    return validatorIn(first) !== undefined || md5 !== undefined || offersParts
  }

  function isRestOf(before: Readonly<Record<string, string>>, rest: Readonly<Record<string, string>>): boolean {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(rest['content-range'] ?? '') ?? []
    const isSameWhole = total === '*' || !Number.isFinite(wholeLength(before)) || Number(total) === wholeLength(before)
    const isSameState = ['etag', 'last-modified'].every(
      name => before[name] === undefined || rest[name] === undefined || before[name] === rest[name],
    )
    return Number(start) === draft.size && isSameWhole && isSameState && isPlain(rest)
  }

  async function restart(): Promise<void> {
    first = undefined
    sum = createHash('md5')
    if (draft.size > 0) await draft.clear()
  }

  function tooLarge(): Failure {
    return new Failure('item_unreadable', `${where} sent more than ${maxBytes} bytes`)
  }
}

function isPlain(headers: Readonly<Record<string, string>>): boolean {
  return (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
}

/** A weak ETag may stand for other bytes, and so may not name a part (RFC 9110, section 13.1.5). */
function validatorIn(headers: Readonly<Record<string, string>>): string | undefined {
  const { etag, 'last-modified': lastModified } = headers
  return etag?.startsWith('W/') ? undefined : (etag ?? lastModified)
}

/** In bytes; not a number where the answer does not tell. */
function wholeLength(headers: Readonly<Record<string, string>>): number {
  const length = headers['content-length']
  return isPlain(headers) && length !== undefined && /^\d+$/.test(length) ? Number(length) : Number.NaN
}
