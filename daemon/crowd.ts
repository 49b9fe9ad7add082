import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Crowd {
  /** Counts the connections of a server, together with those of the others. */
  watch(server: Server): void
  /** Which answer of a connection is under way, or was last. */
  lastAnswer(socket: Socket): ServerResponse | undefined
}

interface Visitor {
  /** Requests that are not answered yet. */
  asking: number
  answer?: ServerResponse
}

/**
 * At most `most` connections at once. When one more comes, the one that has waited longest without a request makes
 * room, so that whoever only holds connections open keeps nobody out; while all of them ask, the new one is refused.
 */
export function createCrowd(most: number): Crowd {
  const visitors = new Map<Socket, Visitor>()
  /** Those without a request, longest first. */
  const idle = new Set<Socket>()

  return {
    watch(server) {
      server.on('connection', enter)
      server.prependListener('request', ({ socket }, answer: ServerResponse) => attend(socket, answer))
    },
    lastAnswer: socket => visitors.get(socket)?.answer,
  }

  function enter(socket: Socket): void {
    if (visitors.size >= most) {
      const [longest = socket] = idle
      leave(longest)
      longest.destroy()
      if (longest === socket) return
    }
    visitors.set(socket, { asking: 0 })
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
    answer.once('close', () => {
      visitor.asking--
      if (visitor.asking === 0 && visitors.has(socket)) idle.add(socket)
    })
  }
}
