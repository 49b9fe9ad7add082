import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Crowd {
  /** Counts the connections of a server, together with those of the others. */
  watch(server: Server): void
  /** Which answer of a connection is under way, or was last. */
  lastAnswer(socket: Socket): ServerResponse | undefined
  /** The request that this answers may take as long as it takes to come, as long as it does come. */
  takesTime(answer: ServerResponse): void
  /** Connections whose request has begun to come, and has not come whole in time. */
  late(): Socket[]
}

interface Visitor {
  /** Requests that are not answered yet. */
  asking: number
  answer?: ServerResponse
  /** Since when the present request has been coming (monotonic milliseconds). */
  sinceMs: number
  /** Bytes that had come by then, of one that takes its time: its clock begins anew with each further one. */
  bytesRead?: number | undefined
}

/**
 * At most `most` connections at once. When one more comes, the one that has waited longest without a request makes
 * room, so that whoever only holds connections open keeps nobody out; while all of them ask, the new one is refused.
 * @param requestMs how long a request may take to come, from its headers on
 */
export function createCrowd(most: number, requestMs: number): Crowd {
  const visitors = new Map<Socket, Visitor>()
  /** Those without a request, longest first. */
  const idle = new Set<Socket>()

  return {
    watch(server) {
      server.on('connection', enter)
      server.prependListener('request', ({ socket }, answer: ServerResponse) => attend(socket, answer))
    },
    lastAnswer: socket => visitors.get(socket)?.answer,
    takesTime(answer) {
      const visitor = visitors.get(answer.req.socket)
      if (visitor) visitor.bytesRead = answer.req.socket.bytesRead
    },
    late: () => [...visitors.keys()].filter(isLate),
  }

  function isLate(socket: Socket): boolean {
    const visitor = visitors.get(socket)
    if (!visitor?.answer || visitor.answer.req.complete) return false
    if (visitor.bytesRead !== undefined && visitor.bytesRead !== socket.bytesRead) {
      visitor.bytesRead = socket.bytesRead
      visitor.sinceMs = performance.now()
    }
    return performance.now() - visitor.sinceMs > requestMs
  }

  function enter(socket: Socket): void {
    if (visitors.size >= most) {
      const [longest = socket] = idle
      leave(longest)
      longest.destroy()
      if (longest === socket) return
    }
    visitors.set(socket, { asking: 0, sinceMs: 0 })
    idle.add(socket)
    socket.once('close', () => leave(socket))
  }

  function leave(socket: Socket): void {
    visitors.delete(socket)
    idle.delete(socket)
  }

  function attend(socket: Socket, answer: ServerResponse): void {
    const visitor = visitors.get(socket)
    if (!visitor) return
    idle.delete(socket)
    visitor.asking++
    visitor.answer = answer
    visitor.sinceMs = performance.now()
    visitor.bytesRead = undefined
    answer.once('close', () => {
      visitor.asking--
      if (visitor.asking === 0 && visitors.has(socket)) idle.add(socket)
    })
  }
}
