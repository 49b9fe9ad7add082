/**
 * A Slack workspace of one channel with very many messages, in a process of its own so that its work is not taken for
 * inlet's. Nothing is kept: message number n is made from n. Run with the count; prints its URL when it listens.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const count = Number(process.argv[2] ?? 100_000)
const channelId = 'C00000001'
const userId = 'U00000001'
const newestSecond = 1_760_000_000

/** Words of a vocabulary in which each one is rarer than the one before, as in any language. */
const vocabularySize = 4000
const wordsPerMessage = 40

const server = createServer((request, response) => {
  void text(request).then(body => {
    const method = (request.url ?? '').replace('/api/', '')
    const answer = JSON.stringify(answerTo(method, new URLSearchParams(body)))
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`http://127.0.0.1:${port}\n`)
})
// The end of the bench, whichever way it comes.
process.stdin.on('end', () => process.exit(0)).resume()

function answerTo(method: string, form: URLSearchParams): object {
  switch (method) {
    case 'auth.test':
      return {
        ok: true,
        url: 'https://large.slack.com/',
        team: 'Large',
        team_id: 'T00000001',
        user: 'ada',
        user_id: userId,
      }
    case 'users.list':
      return {
        ok: true,
        members: [{ id: userId, name: 'ada', real_name: 'Ada', profile: { real_name: 'Ada' } }],
        ...last,
      }
    case 'conversations.list':
      return {
        ok: true,
        channels: [{ id: channelId, name: 'everything', is_channel: true, is_member: true, created: 1 }],
        ...last,
      }
    case 'conversations.history':
      return history(form)
    default:
      return { ok: false, error: 'unknown_method' }
  }
}

const last = { response_metadata: { next_cursor: '' } }

function history(form: URLSearchParams): object {
  const from = Number(form.get('cursor') ?? 0)
  const to = Math.min(count, from + Number(form.get('limit') ?? 100))
  const messages = Array.from({ length: to - from }, (_item, index) => messageOf(from + index))
  const hasMore = to < count
  return { ok: true, messages, has_more: hasMore, response_metadata: { next_cursor: hasMore ? String(to) : '' } }
}

function messageOf(number: number): object {
  const words = Array.from({ length: wordsPerMessage }, (_item, index) => wordOf(number * wordsPerMessage + index))
  return {
    type: 'message',
    user: userId,
    text: `Message ${number}: ${words.join(' ')}.`,
    ts: `${newestSecond - number * 60}.000100`,
  }
}

function wordOf(seed: number): string {
  const chance = ((Math.imul(seed + 1, 0x9e3779b1) >>> 0) % 1_000_003) / 1_000_003
  return `word${Math.floor(vocabularySize ** chance)}`
}
