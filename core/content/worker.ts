/** A worker thread of the pool: one conversion at a time, each answered with one message. */
import { parentPort } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import { isFailure } from '../errors.ts'
import { convert } from './convert.ts'
import { parseMediaType } from './media-type.ts'
import type { Answer, Task } from './pool.ts'
import { bytesOfMember, load } from './source.ts'

if (!parentPort) throw new Error('this file is a worker thread of the content pool')
const port = parentPort

port.on('message', (task: Task) => {
  void answer(task).then(reply => port.postMessage(reply))
})
port.postMessage({ type: 'ready' } satisfies Answer)

async function answer({ content, mediaType, maxTextBytes, mostBytes, member, timeLimitMs }: Task): Promise<Answer> {
  // The beginning of a long document is better than nothing of it, so it ends before the pool ends this worker.
  const end = systemClock.monotonic() + timeLimitMs * 0.7
  const isLate = () => systemClock.monotonic() > end
  try {
    const loaded = await load(content, mostBytes)
    const bytes = member === undefined ? loaded : bytesOfMember(loaded, member)
    return { type: 'text', text: await convert(bytes, parseMediaType(mediaType), maxTextBytes, isLate) }
  } catch (error) {
    if (isFailure(error, 'item_unreadable'))
      return {
        ...{ type: 'unreadable', message: error.message },
        ...{ status: error.status, problem: error.problem },
      }
    // Whatever content does to a converter concerns that item alone.
    const what = error instanceof Error ? error.name : typeof error
    return { type: 'unreadable', message: `the file is damaged, or written in a way that is not known (${what})` }
  }
}
