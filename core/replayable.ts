/** A body that passes by and, as long as it is a small one, can be sent once more from its beginning. */

export interface ReplayableBody {
  /** From the beginning. @throws Error where it can no longer be had */
  read(): AsyncIterable<Uint8Array>
  /** Whether its beginning is still at hand. */
  readonly isWhole: boolean
}

/** @param mostBytes how much of it is kept */
export function replayable(source: AsyncIterable<Uint8Array>, mostBytes: number): ReplayableBody {
  const rest = source[Symbol.asyncIterator]()
  const kept: Uint8Array[] = []
  let bytes = 0
  let isOver = false
  /** Whoever is cut off while waiting leaves what it waited for to the next one. */
  let coming: Promise<IteratorResult<Uint8Array>> | undefined

  return {
    get isWhole() {
      return bytes <= mostBytes
    },
    async *read() {
      for (let at = 0; ; at++) {
        if (bytes > mostBytes && at === 0) throw new Error('the beginning of the body is gone')
        const known = bytes <= mostBytes ? kept[at] : undefined
        if (known === undefined && isOver) return
        const { done, value } = known === undefined ? await next() : { done: false, value: known }
        if (done) return
        yield value
      }
    },
  }

  function next(): Promise<IteratorResult<Uint8Array>> {
    coming ??= take().finally(() => {
      coming = undefined
    })
    coming.catch(() => {})
    return coming
  }

  async function take(): Promise<IteratorResult<Uint8Array>> {
    const result = await rest.next()
    if (result.done) isOver = true
    else bytes += result.value.length
    if (bytes > mostBytes) kept.length = 0
    else if (!result.done) kept.push(result.value)
    return result
  }
}
