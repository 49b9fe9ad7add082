/** A Slack workspace of a few channels with very many messages. https://docs.slack.dev/reference/methods/conversations.history */
import { chanceOf, proseOf, wordsOf } from '../corpus.ts'
import type { Shape } from './shape.ts'

const channels = 10
const people = 200
const newestSecond = 1_760_000_000
const wordsPerMessage = 25
const perPage = 999

export function slackShape(count: number): Shape {
  const perChannel = Math.ceil(count / channels)
  const sizes = Array.from({ length: channels }, (_channel, index) =>
    Math.max(0, Math.min(perChannel, count - index * perChannel)),
  )
  /** Messages that came in since, newest first, all of them in the first channel. */
  const arrived: object[] = []
  const pages = new Map<string, string>()
  if (count <= mostPrepared) {
    for (const [channel, size] of sizes.entries()) {
      for (let from = 0; from < size; from += perPage) historyPage(channel, from, perPage)
    }
  }

  return {
    answer(path, body) {
      const form = new URLSearchParams(body)
      switch (path.replace(/^\/slack\/api\//, '')) {
        case 'auth.test':
          return json({
            ...{ ok: true, url: 'https://large.slack.com/', team: 'Large', team_id: 'T00000001' },
            ...{ user: 'ada', user_id: personOf(0) },
          })
        case 'users.list':
          return json({ ok: true, members: Array.from({ length: people }, (_item, index) => memberOf(index)), ...last })
        case 'conversations.list':
          return json({ ok: true, channels: sizes.map((_size, index) => channelOf(index)), ...last })
        case 'conversations.history':
          return history(form)
        case 'conversations.replies':
          return json({ ok: true, messages: [], has_more: false, ...last })
        default:
          return json({ ok: false, error: 'unknown_method' })
      }
    },
    change(number) {
      for (let index = 0; index < number; index++) {
        const chance = chanceOf(1_000_000_000 + arrived.length)
        const second = newestSecond + 60 + arrived.length
        arrived.unshift({
          ...messageOf(0, 0),
          text: `New: ${wordsOf(chance, wordsPerMessage)}`,
          ts: `${second}.000100`,
        })
      }
    },
    requests() {
      const requests: { path: string; body?: string }[] = []
      for (const [channel, size] of sizes.entries()) {
        for (let from = 0; from < size; from += perPage) {
          const form = new URLSearchParams({ channel: channelOf(channel).id, limit: String(perPage) })
          if (from > 0) form.set('cursor', `at:${from}`)
          requests.push({ path: '/slack/api/conversations.history', body: form.toString() })
        }
      }
      return requests
    },
  }

  function history(form: URLSearchParams): string {
    const channel = Number((form.get('channel') ?? '').slice(1))
    const [from, to] = [form.get('oldest'), form.get('latest')].map(text => (text === null ? undefined : Number(text)))
    const limit = Number(form.get('limit') ?? 100)
    if ((from ?? 0) > newestSecond - (sizes[channel] ?? 0) * 60)
      return historyBetween(channel, from ?? 0, to ?? Infinity)
    return historyPage(channel, Number(form.get('cursor')?.slice('at:'.length) ?? 0), limit)
  }

  /** What is asked for once the channel has been read: the newest messages alone. */
  function historyBetween(channel: number, from: number, to: number): string {
    const newest = channel === 0 ? arrived : []
    const oldest = Math.ceil((newestSecond - from) / 60)
    const older = Array.from(
      { length: Math.min(sizes[channel] ?? 0, Math.max(0, oldest + 1)) },
      (_item, index) => index,
    )
    const messages = [...newest, ...older.map(index => messageOf(channel, index))].filter(message => {
      const second = Number((message as { ts: string }).ts)
      return second >= from && second <= to
    })
    return json({ ok: true, messages, has_more: false, ...last })
  }

  function historyPage(channel: number, from: number, limit: number): string {
    const key = `${channel} ${from} ${limit} ${channel === 0 ? arrived.length : 0}`
    const ready = pages.get(key)
    if (ready !== undefined) return ready
    const size = sizes[channel] ?? 0
    const to = Math.min(size, from + limit)
    const messages: object[] = Array.from({ length: Math.max(0, to - from) }, (_item, index) =>
      messageOf(channel, from + index),
    )
    if (from === 0 && channel === 0) messages.unshift(...arrived)
    const hasMore = to < size
    const text = json({
      ...{ ok: true, messages, has_more: hasMore },
      response_metadata: { next_cursor: hasMore ? `at:${to}` : '' },
    })
    if (count <= mostPrepared) pages.set(key, text)
    return text
  }
}

/** Beyond so many, answers are made when they are asked for. */
const mostPrepared = 200_000

const last = { response_metadata: { next_cursor: '' } }

function messageOf(channel: number, number: number) {
  const chance = chanceOf(channel * 10_000_000 + number)
  return {
    ...{ type: 'message', user: personOf(Math.floor(chance() * people)), text: proseOf(chance, wordsPerMessage) },
    ...{ ts: `${newestSecond - number * 60}.000100`, team: 'T00000001' },
  }
}

function channelOf(index: number) {
  return {
    id: `C${String(index).padStart(8, '0')}`,
    name: `channel-${index}`,
    is_channel: true,
    is_member: true,
    created: 1,
  }
}

function memberOf(index: number) {
  const name = wordsOf(chanceOf(index), 2)
  return { id: personOf(index), name, real_name: name, profile: { real_name: name } }
}

function personOf(index: number): string {
  return `U${String(index).padStart(8, '0')}`
}

function json(value: object): string {
  return JSON.stringify(value)
}
