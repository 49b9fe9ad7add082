import { describe, expect, it } from 'vitest'
import { createEvents, type Event, type Happening } from '../../core/events.ts'
import { fakeClock } from '../support/fake-clock.ts'

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

describe('events', () => {
  it('come to everyone who listens, in order, from when they began to', async () => {
    const { emit, follow } = createEvents(fakeClock())
    emit(refused('before'))
    const both = [take(follow(new AbortController().signal), 2), take(follow(new AbortController().signal), 2)]
    await Promise.resolve()
    emit(refused('one'))
    emit(refused('two'))
    for (const heard of await Promise.all(both)) expect(messages(heard)).toEqual(['one', 'two'])
  })

  it('are there for one who comes back, from where they left', async () => {
    const { emit, follow } = createEvents(fakeClock())
    for (const message of ['one', 'two', 'three']) emit(refused(message))
    const { signal } = new AbortController()
    const [, second] = await take(follow(signal, 'nothing'), 3)
    expect(messages(await take(follow(signal, second?.id), 1))).toEqual(['three'])
  })

  it('are all news to one who left before a restart', async () => {
    const clock = fakeClock()
    const before = createEvents(clock)
    for (let index = 0; index < 5; index++) before.emit(refused('old'))
    const [last] = (await take(before.follow(new AbortController().signal, 'nothing'), 5)).slice(-1)
    await clock.advance(1000)
    const after = createEvents(clock)
    after.emit(refused('new'))
    expect(messages(await take(after.follow(new AbortController().signal, last?.id), 1))).toEqual(['new'])
  })

  it('are kept in bounds, the oldest forgotten first', async () => {
    const { emit, follow } = createEvents(fakeClock())
    for (let index = 1; index <= 1500; index++) emit(refused(String(index)))
    const heard = messages(await take(follow(new AbortController().signal, 'nothing'), 1000))
    expect([heard[0], heard.at(-1)]).toEqual(['501', '1500'])
  })

  it('end with the signal', async () => {
    const { follow } = createEvents(fakeClock())
    const controller = new AbortController()
    const heard = take(follow(controller.signal), 1)
    controller.abort()
    expect(await heard).toEqual([])
  })
})
