/** What people do in the furnished workspace between two syncs; what a round adds, a later one takes away. */
import type { JsonObject } from '../../../core/plugin.ts'
import type { FakeSlack } from '../../support/fake-slack.ts'
import type { Ago } from './slack-fixture.ts'
import { file } from './workspace.ts'

const [general, random, secret, attic, extra] = ['C00000001', 'C00000002', 'C00000003', 'C00000004', 'C00000009']
const [mia, ann, ben] = ['U00000001', 'U00000002', 'U00000003']

export function createChanges(fake: FakeSlack, ago: Ago): (round: number) => void {
  const [old, plan, joined] = [tsOf(general, 'long ago'), tsOf(general, 'the plan'), tsOf(general, 'has joined')]
  const [built, thought] = [tsOf(random, 'fallback'), tsOf(general, 'thought 1')]
  /** What the round before has posted and this one takes away. */
  let posted: [channel: string, ts: string][] = []
  let doomed: { first: string; reply: string } | undefined
  let newest = 0

  const kinds: readonly ((round: number) => void)[] = [
    // A thread goes on, and one begins under what is old.
    () => {
      reply(general, plan, { text: 'a further thought', user: ben })
      reply(general, plan, { text: 'for all', subtype: 'thread_broadcast', user: ann })
      reply(general, old, { text: 'late', user: mia })
      reply(random, built, { text: 'a first reply', user: ann })
    },
    // People and channels change their names, in texts, too.
    round => {
      changeUser(ben, { profile: { real_name: `Ben ${round}` } })
      changeChannel(random, { name: `random-${round}`, name_normalized: `random-${round}` })
      const topic = { value: `Everything of ${round}`, creator: mia, last_set: 1700000000 + round }
      changeChannel(general, { topic })
    },
    // A file is shown by an older message than before, which the next round takes away; another one comes.
    () => {
      post(general, { text: 'shown before', files: [file('F00000001')], ts: built.replace('.0002', '.0003') })
      post(secret, { text: 'with another', files: [file('F00000003')] })
      reply(general, joined, { text: 'a file in a thread', files: [file('F00000003')], user: ann })
    },
    // A channel is archived, an archived one opened again, and one appears with somebody who writes there.
    round => {
      fake.setArchived(random, true)
      fake.setArchived(attic, false)
      post(attic, { text: 'not the last words' })
      changeChannel(random, { name: 'random', name_normalized: 'random' })
      fake.addChannel({ id: extra, name: `extra-${round}` })
      if (!fake.users.some(({ id }) => id === 'U00000005')) fake.addUser({ id: 'U00000005', name: 'eve' })
      changeUser('U00000005', { deleted: false, profile: { display_name: `Eve ${round}` } })
      const first = post(extra, { text: `hello <@${ben}>`, user: 'U00000005' })
      reply(extra, first, { text: 'hello <@U00000005>', user: ben })
    },
    // They go again: the first message of a thread before its replies, the person, and the channel in the end.
    () => {
      fake.setArchived(random, false)
      fake.setArchived(attic, true)
      changeUser('U00000005', { deleted: true })
      const gone = fake.channels.findIndex(({ id }) => id === extra)
      if (gone >= 0) fake.channels.splice(gone, 1)
      const first = fake.post(random, { text: 'soon taken back', user: ann, ts: nextTs() })
      doomed = { first, reply: fake.reply(random, first, { text: 'answered', user: ben, ts: nextTs() }) }
    },
    // The first message of a thread goes, its replies stay for a round.
    () => {
      if (doomed) {
        fake.remove(random, doomed.first)
        posted.push([random, doomed.reply])
        doomed = undefined
      }
      changeUser(ann, { profile: { display_name: 'Ann', title: 'Sculptor' } })
    },
  ]

  return round => {
    // Replies before what they reply to.
    for (const [channel, ts] of posted.reverse()) fake.remove(channel, ts)
    posted = []
    kinds[round % kinds.length]?.(round)
    post(general, { text: `new in ${round}`, user: ben })
    fake.edit(general, plan, `the plan of <@${ben}>, version ${round}`)
    fake.edit(general, thought, `thought again in ${round}`)
    fake.edit(secret, tsOf(secret, 'the same'), { text: `the same in ${round}` })
  }

  function nextTs(): string {
    newest = Math.max(newest + 1, Math.floor(Number(ago(0))))
    return `${newest}.000200`
  }

  function post(channel: string, message: JsonObject): string {
    const ts = fake.post(channel, { ts: nextTs(), ...message })
    posted.push([channel, ts])
    return ts
  }

  function reply(channel: string, parent: string, message: JsonObject): void {
    posted.push([channel, fake.reply(channel, parent, { ts: nextTs(), ...message })])
  }

  function tsOf(channel: string, words: string): string {
    return fake.messages.get(channel)?.find(({ text }) => String(text).includes(words))?.ts ?? ''
  }

  function changeUser(id: string, changes: JsonObject): void {
    Object.assign(fake.users.find(user => user.id === id) ?? {}, changes)
  }

  function changeChannel(id: string, changes: JsonObject): void {
    Object.assign(fake.channels.find(channel => channel.id === id) ?? {}, changes)
  }
}
