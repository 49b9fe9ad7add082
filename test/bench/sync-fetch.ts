/** A part of `sync.ts`: sends the requests of a first listing as fast as they are answered, and throws the answers away. */
import { once } from 'node:events'
import { Pool } from 'undici'

type Requests = readonly { path: string; body?: string; contentType?: string }[]

/** As many as inlet sends at once to one account. */
const atOnce = 8

const [{ url, lists }] = (await once(process, 'message')) as [{ url: string; lists: readonly Requests[] }]
const pool = new Pool(url, { connections: 32 })
const startedAt = performance.now()
await Promise.all(lists.flatMap(requests => fetchAll(requests)))
const seconds = (performance.now() - startedAt) / 1000
await pool.close()
process.send?.({ seconds })
process.disconnect()

function fetchAll(requests: Requests): Promise<void>[] {
  let next = 0
  return Array.from({ length: atOnce }, async () => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const { path, body = null, contentType = 'application/x-www-form-urlencoded' } = request
      const headers = { authorization: 'Bearer bench', 'content-type': contentType }
      const answer = await pool.request({ path, method: body === null ? 'GET' : 'POST', headers, body })
      await answer.body.bytes()
    }
  })
}
