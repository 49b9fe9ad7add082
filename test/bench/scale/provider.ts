/**
 * The provider of the storm, in processes of its own so that its work is not taken for inlet's. Run with `token` or
 * `items`, and how long each answer takes; prints its URL when it listens, and ends with its standard input.
 *
 * `token` gives each refresh token once: `refresh-<connection>-<generation>` for the next generation's pair, and counts
 * the answers, those that were asked with a token used before, and those that were not asked at all.
 * `items` answers three new notes to whoever holds an access token that was renewed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { endWithInput } from '../endings.ts'

const [role, delayMs] = [process.argv[2], Number(process.argv[3])]
const generations = new Map<string, number>()
const counts = { answered: 0, refused: 0 }
const items = JSON.stringify({
  items: Array.from({ length: 3 }, (_item, index) => ({
    id: `n${index}`,
    name: `Note ${index}`,
    text: 'What a person has written since the last run, in a few words or a line or two of them.',
  })),
  next: 'position-2',
})

const server = createServer((request, response) => {
  if (request.url === '/counts') return answer(response, 200, JSON.stringify(counts))
  if (role === 'items') return void setTimeout(() => answerItems(request, response), delayMs)
  void text(request).then(body => setTimeout(() => answerToken(new URLSearchParams(body), response), delayMs))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
endWithInput()

function answerToken(form: URLSearchParams, response: ServerResponse): void {
  const [, name = '', used = ''] = /^refresh-(.+)-(\d+)$/.exec(form.get('refresh_token') ?? '') ?? []
  const generation = generations.get(name) ?? 1
  if (name === '' || Number(used) !== generation) {
    counts.refused++
    answer(response, 400, '{"error":"invalid_grant"}')
    return
  }
  counts.answered++
  generations.set(name, generation + 1)
  const [access, refresh] = [`access-${name}-${generation + 1}`, `refresh-${name}-${generation + 1}`]
  answer(
    response,
    200,
    `{"access_token":"${access}","refresh_token":"${refresh}","token_type":"bearer","expires_in":86400}`,
  )
}

function answerItems(request: IncomingMessage, response: ServerResponse): void {
  const isRenewed = /^Bearer access-.+-2$/.test(request.headers.authorization ?? '')
  if (!isRenewed) counts.refused++
  else counts.answered++
  answer(response, isRenewed ? 200 : 401, isRenewed ? items : '{}')
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
}
