import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createEvents, type Event, type Happening } from '../../core/events.ts'
import { openStore } from '../../core/store/index.ts'
import type { Store } from '../../core/store/store.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from './store/folder.ts'

const refused = (message: string): Happening => ({ type: 'client.refused', provider: 'google', message })

/** The messages of the next events, so many of them. */
async function take(events: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  for await (const event of events) {
    taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

const messages = (events: Event[]) => events.map(event => (event.type === 'client.refused' ? event.message : ''))
const never = () => AbortSignal.timeout(10_000)

describe('events', () => {
  let file: string
  let store: Store
  beforeEach(async () => {
    const folder = await temporaryFolder()
    file = join(folder, 'inlet.db')
    store = await openStore({ file, readers: 1, clock: fakeClock() })
    onTestFinished(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })
  })

  it('come to everyone who listens, in order, from when they began to', async () => {
    const { follow } = await createEvents(store)
    await store.addEvents([refused('before')])
    const both = [take(follow(never()), 2), take(follow(never()), 2)]
    await Promise.resolve()
    await store.addEvents([refused('one')])
    await store.addEvents([refused('two')])
    for (const heard of await Promise.all(both)) expect(messages(heard)).toEqual(['one', 'two'])
  })

  it('are there for one who comes back, from where they left', async () => {
    const { follow } = await createEvents(store)
    await store.addEvents([refused('one'), refused('two'), refused('three')])
    const [first, second] = await take(follow(never(), 'nothing'), 3)
    expect(messages(await take(follow(never(), first?.id), 2))).toEqual(['two', 'three'])
    expect(messages(await take(follow(never(), second?.id), 1))).toEqual(['three'])
  })

  it('are there for one who left before a restart, from where they left', async () => {
    const before = await createEvents(store)
    await store.addEvents(['one', 'two', 'three'].map(refused))
    const [, second] = await take(before.follow(never(), 'nothing'), 3)
    await store.close()
    store = await openStore({ file, readers: 1, clock: fakeClock() })
    const after = await createEvents(store)
    await store.addEvents([refused('four')])
    expect(messages(await take(after.follow(never(), second?.id), 2))).toEqual(['three', 'four'])
    expect(messages(await take(after.follow(never(), 'nothing'), 4))).toEqual(['one', 'two', 'three', 'four'])
  })

  it('come by the hundred to one who comes back after long', async () => {
    const { follow } = await createEvents(store)
    await store.addEvents(Array.from({ length: 350 }, (_, index) => refused(String(index))))
    const heard = messages(await take(follow(never(), 'nothing'), 350))
    expect(heard).toEqual(Array.from({ length: 350 }, (_, index) => String(index)))
  })

  it('end with the signal', async () => {
    const { follow } = await createEvents(store)
    const controller = new AbortController()
    const heard = take(follow(controller.signal), 1)
    controller.abort()
    expect(await heard).toEqual([])
  })
})
