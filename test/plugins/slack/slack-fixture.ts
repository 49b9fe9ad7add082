/** A workspace with one of each: channels of every kind, people, threads old and young, apps, files shown twice. */
import { type Config, type JsonObject, objectAt, textAt } from '../../../core/plugin.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack.ts'
import type { Fixture, FixtureClock, Paging, Truth } from '../../support/source-suite/index.ts'
import { createChanges } from './slack-changes.ts'
import { file, isShown, liveFiles } from './workspace.ts'

/** Seconds since 1970 as Slack's `ts`, so many days before now. */
export type Ago = (days: number, second?: number) => string

export async function startSlack(clock: FixtureClock): Promise<Fixture> {
  const fake = await startFakeSlack({ pageSize: 3, now: clock.now })
  const ago: Ago = (days, second = 0) => `${Math.floor(clock.now() / 1000 - days * 86_400) + second}.000200`
  furnish(fake, ago)
  return {
    endpoints: fake.endpoints,
    token: 'good-token',
    config: { include_direct_messages: true },
    filters: [
      {},
      { include_direct_messages: true, channels: ['#general', 'C00000003', '@ann'] },
      { exclude_channels: ['random'], thread_window_days: 2 },
      { include_direct_messages: true, history_days: 10 },
    ],
    truth: config => truthOf(fake, config, ago),
    change: createChanges(fake, ago),
    isFile: ({ pathname }) => pathname.startsWith('/files-pri/'),
    paging: [
      paging(/\/users\.list$/, 'members'),
      paging(/\/conversations\.list$/, 'channels'),
      { ...paging(/\/conversations\.history$/, 'messages'), more: ['has_more'] },
      { ...paging(/\/conversations\.replies$/, 'messages'), more: ['has_more'] },
    ],
    answers: {
      unauthorized: refusal('invalid_auth'),
      rateLimited: seconds => ({
        ...{ status: 429, headers: { 'retry-after': String(seconds) } },
        body: { ok: false, error: 'ratelimited' },
      }),
      forbidden: refusal('not_in_channel'),
      missing: ({ url }) => refusal(url.pathname.endsWith('.replies') ? 'thread_not_found' : 'channel_not_found'),
      tokens: (accessToken, refreshToken) => ({
        ...{ ok: true, access_token: accessToken, token_type: 'user', expires_in: 43_200 },
        refresh_token: refreshToken,
      }),
    },
    complaints: () => [...fake.server.unknown, ...fake.problems],
    close: () => fake.close(),
  }
}

function refusal(error: string) {
  return { status: 200, body: { ok: false, error } }
}

function paging(path: RegExp, member: string): Paging {
  return { path, items: [member], next: ['response_metadata', 'next_cursor'], parameter: 'cursor' }
}

function furnish(fake: FakeSlack, ago: Ago): void {
  const [mia, ann, ben, zoe] = ['U00000001', 'U00000002', 'U00000003', 'U00000004']
  fake.addUser({ id: mia, name: 'mia', profile: { display_name: 'Mia' } })
  fake.addUser({ id: ann, name: 'ann', profile: { display_name: 'Ann', title: 'Painter' } })
  fake.addUser({ id: ben, name: 'ben', real_name: 'Ben', profile: { real_name: 'Ben' } })
  fake.addUser({ id: zoe, name: 'zoe', deleted: true, profile: { display_name: 'Zoe' } })
  const topic = { value: 'Everything', creator: mia, last_set: 1700000000 }
  fake.addChannel({ id: 'C00000001', name: 'general', is_general: true, topic })
  fake.addChannel({ id: 'C00000002', name: 'random' })
  fake.addChannel({ id: 'C00000003', name: 'secret', is_private: true, is_channel: false, is_group: true })
  fake.addChannel({ id: 'C00000004', name: 'attic', is_archived: true })
  fake.addChannel({ id: 'D00000001', is_im: true, is_channel: false, user: ann })
  const group = { is_mpim: true, is_group: true, is_channel: false, is_private: true }
  fake.addChannel({ id: 'G00000001', name: 'mpdm-mia--ann--ben-1', ...group })

  const [general, random, secret] = ['C00000001', 'C00000002', 'C00000003']
  // Outside of the window in which threads are read again.
  fake.post(general, { text: 'long ago', user: zoe, ts: ago(40) })
  fake.reply(general, ago(40), { text: 'and answered', user: ann, ts: ago(39) })
  fake.post(general, { text: `the plan of <@${ben}>`, user: ann, ts: ago(9) })
  for (const [index, user] of [ben, zoe, mia].entries()) {
    fake.reply(general, ago(9), { text: `thought ${index}`, user, ts: ago(9, 60 * (index + 1)) })
  }
  fake.reply(general, ago(9), { text: 'to everybody', subtype: 'thread_broadcast', user: ben, ts: ago(4) })
  fake.post(general, { subtype: 'channel_join', text: `<@${ben}> has joined`, user: ben, ts: ago(3) })
  fake.reply(general, ago(3), { text: 'welcome', user: mia, ts: ago(3, 60) })
  fake.post(general, { subtype: 'channel_join', text: `<@${ann}> has joined`, user: ann, ts: ago(3, 90) })

  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: `built for <@${ann}> in <#${general}>` } }]
  const app = { subtype: 'bot_message', username: 'Builder', bot_id: 'B00000001', user: ben }
  fake.post(random, { ...app, text: 'fallback', blocks, ts: ago(8) })
  fake.post(random, { text: 'with a file', user: ann, files: [file('F00000001')], ts: ago(7) })
  fake.post(random, { text: 'taken back', user: mia, ts: ago(6) })
  fake.reply(random, ago(6), { text: 'what was it?', user: ben, ts: ago(6, 60) })
  fake.remove(random, ago(6))

  const poem = fake.keep('F00000002', 'poem.txt', 'roses are red, violets are blue')
  const text = { name: 'poem.txt', mimetype: 'text/plain', ...poem }
  const snippet = { ...file('F00000002'), ...text, mode: 'snippet', title: 'A poem', preview: 'roses are red' }
  // The older one is read later.
  fake.post(secret, { text: 'the same and another', user: mia, files: [file('F00000001'), snippet], ts: ago(7, -60) })
  fake.post('C00000004', { text: 'the last words', user: ann, ts: ago(30) })
  fake.post('D00000001', { text: 'between us', user: ann, ts: ago(2) })
  const attachments = [
    { id: 1, title: 'Report', title_link: 'https://x.test/r', text: 'all *good*', fallback: 'Report' },
  ]
  const reactions = [{ name: 'wave', users: [mia], count: 1 }]
  fake.post('G00000001', { text: 'among three', user: ben, attachments, reactions, ts: ago(1) })
}

function truthOf(fake: FakeSlack, config: Config, ago: Ago): Truth[] {
  const after = typeof config.history_days === 'number' ? ago(config.history_days) : ''
  const people = fake.users.filter(({ deleted }) => deleted !== true)
  const channels = fake.channels.filter(channel => isWanted(fake, channel, config))
  const files = new Map<string, Truth>()
  const messages = channels.flatMap(({ id }) => {
    const list = fake.messages.get(id) ?? []
    const shown = list.filter(message => isShown(message, list) && String(message.thread_ts ?? message.ts) > after)
    return shown.map((message): Truth => {
      for (const one of liveFiles(message)) files.set(String(one.id), fileTruth(one))
      const words = wordsOf(fake, message)
      const text = [words, ...liveFiles(message).map(({ title }) => String(title))].join('\n\n')
      return { entityType: 'slack_message', id: `${id}/${message.ts}`, name: words, text }
    })
  })
  return [
    ...people.map(
      ({ id, name }): Truth => ({ ...{ entityType: 'slack_user', id }, ...named(fake, id), text: `@${name}` }),
    ),
    ...channels.map(
      (channel): Truth => ({
        ...{ entityType: 'slack_channel', id: channel.id, name: channelName(fake, channel) },
        text: textAt(objectAt(channel, 'topic'), 'value'),
      }),
    ),
    ...messages,
    ...files.values(),
  ]
}

function fileTruth({ id, name, preview }: JsonObject): Truth {
  const text = preview ? `${preview}, violets are blue` : undefined
  return { entityType: 'slack_file', id: String(id), name: String(name), text }
}

/** What a person reads: mentions by name. */
function wordsOf(fake: FakeSlack, { text, blocks }: JsonObject): string {
  const composed = Array.isArray(blocks) ? (blocks[0] as { text: { text: string } }).text.text : String(text)
  return composed
    .replace(/<@(\w+)>/g, (_mention, id: string) => `@${named(fake, id).name}`)
    .replace(/<#(\w+)>/g, (_mention, id: string) => `#${fake.channels.find(channel => channel.id === id)?.name}`)
}

function named(fake: FakeSlack, id: string): { name: string } {
  const { display_name: chosen = '', real_name: real } =
    objectAt(
      fake.users.find(user => user.id === id),
      'profile',
    ) ?? {}
  return { name: String(chosen || real) }
}

function channelName(fake: FakeSlack, { id, name, is_im, is_mpim, user }: JsonObject): string {
  if (is_im === true) return named(fake, String(user)).name
  return is_mpim === true ? String(name).slice(5, -2).replaceAll('--', ', ') : String(name ?? id)
}

function isWanted(fake: FakeSlack, channel: JsonObject, config: Config): boolean {
  if ((channel.is_im === true || channel.is_mpim === true) && config.include_direct_messages !== true) return false
  const own = [String(channel.id), String(channel.name), channelName(fake, channel)].map(name => name.toLowerCase())
  const isNamed = (given: Config[string]) =>
    Array.isArray(given) && given.some(name => own.includes(String(name).replace(/^[#@]/, '').toLowerCase()))
  return (config.channels === undefined || isNamed(config.channels)) && !isNamed(config.exclude_channels)
}
