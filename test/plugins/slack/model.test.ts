import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FakeSlack } from '../../support/fake-slack.ts'
import { times } from '../../support/suite-depth.ts'
import { bearerFault, daysAgo, expectQuiet, expectTruth, file, openWorkspace } from './workspace.ts'

/** Something that people do in a workspace; numbers choose among what there is. */
interface Action {
  kind: (typeof kinds)[number]
  where: number
  which: number
  failing: number
}

const kinds = [
  'post',
  'reply',
  'broadcast',
  'edit',
  'remove',
  'attach',
  'removeFile',
  'rename',
  'archive',
  'sync',
  'fail',
  'deny',
] as const
const notFound = { body: { ok: false, error: 'thread_not_found' } }
const ids = ['C00000001', 'C00000002', 'C00000003']

const action = fc.record<Action>({
  kind: fc.constantFrom(...kinds),
  where: fc.nat(2),
  which: fc.nat(1000),
  failing: fc.integer({ min: 1, max: 40 }),
})

describe('whatever people do', () => {
  it('is in the store after the next run that ends', async () => {
    let syncs = 0
    const property = fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 40 }), async actions => {
      const workspace = await openWorkspace()
      const { fake, harness } = workspace
      const dead = new Set<string>()
      try {
        for (const [turn, step] of actions.entries()) {
          if (step.kind === 'fail') {
            const before = fake.server.requests.length
            fake.server.fault = (_request, number) => (number === before + step.failing ? bearerFault : undefined)
            await harness.run().catch(error => expect(error).toMatchObject({ code: 'token_expired' }))
            fake.server.fault = undefined
          } else if (step.kind === 'deny') {
            // A thread that is there, said not to be found.
            let left = step.failing % 3
            fake.server.fault = ({ path }) => (path.endsWith('replies') && left-- === 0 ? notFound : undefined)
            await harness.run()
            fake.server.fault = undefined
          } else if (step.kind === 'sync') {
            await harness.run()
            await expectTruth(workspace)
            syncs++
          } else act(fake, step, turn, dead)
        }
        await harness.run()
        await expectTruth(workspace)
        await expectQuiet(workspace)
      } finally {
        await workspace.close()
      }
    })
    await fc.assert(property, { numRuns: times(4, 8), seed: 20260115, endOnFailure: true })
    expect(syncs).toBeGreaterThan(times(2, 5))
  }, 240_000)
})

function act(fake: FakeSlack, { kind, where, which }: Action, turn: number, dead: Set<string>): void {
  const fileId = `F0000000${which % 4}`
  const id = ids[where] ?? ''
  const messages = fake.messages.get(id) ?? []
  const message = messages[which % Math.max(1, messages.length)]
  const channel = fake.channels.find(candidate => candidate.id === id)
  const ts = daysAgo(1, 100 + turn * 10)
  const parent =
    message && !('subtype' in message && message.subtype === 'tombstone')
      ? String(message.thread_ts ?? message.ts)
      : undefined
  const isOpen = parent !== undefined && messages.some(other => other.ts === parent && other.subtype !== 'tombstone')
  // Nobody can write in an archived channel.
  if (channel?.is_archived && kind !== 'archive' && kind !== 'rename') return
  if (kind === 'post') fake.post(id, { text: `post ${turn}`, ts })
  else if (kind === 'attach') {
    // What Slack has deleted never comes back under its id.
    if (!dead.has(fileId)) fake.post(id, { text: `file ${turn}`, files: [file(fileId)], ts })
  } else if (kind === 'rename' && channel) channel.name = `name-${turn}`
  else if (kind === 'archive' && channel) fake.setArchived(id, !channel.is_archived)
  else if (kind === 'removeFile') {
    // In an archived channel it is found out when older history is read again, a few pages a run.
    if (ids.some(other => fake.channels.find(candidate => candidate.id === other)?.is_archived)) return
    dead.add(fileId)
    fake.removeFile(fileId)
  } else if (!message || message.subtype === 'tombstone') return
  else if (kind === 'edit') fake.edit(id, message.ts, `edited ${turn}`)
  else if (kind === 'remove') fake.remove(id, message.ts)
  else if (isOpen)
    fake.reply(id, parent, {
      text: `reply ${turn}`,
      ts,
      ...(kind === 'broadcast' ? { subtype: 'thread_broadcast' } : {}),
    })
}
