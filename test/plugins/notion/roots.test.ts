import { afterEach, describe, expect, it } from 'vitest'
import { expectQuiet, expectTruth, minuteMs, openWorld, seed, type World } from './world.ts'

let world: World
let ids: ReturnType<typeof seed>
afterEach(() => world.close())

async function open(options: Parameters<typeof openWorld>[0] = {}): Promise<void> {
  world = await openWorld({
    ...options,
    seed(fake) {
      ids = seed(fake)
    },
  })
}

describe('root pages', () => {
  it.each([
    ['a title', () => 'guide'],
    ['an id', () => ids.guide],
    ['an id without dashes', () => ids.guide.replaceAll('-', '')],
    ['an address', () => `https://www.notion.so/team/Guide-${ids.guide.replaceAll('-', '')}?pvs=4`],
  ])('given by %s let in nothing else, whatever changes', async (_name, root) => {
    await open()
    const { fake, harness } = world
    const wanted = (trail: readonly string[]) => trail.includes(ids.guide)
    await harness.configure({ root_pages: [root()] })
    await harness.run()
    await expectTruth(world, wanted)
    expect(fake.calls('data_sources')).toBe(0)
    fake.move(ids.lone, { page: ids.guide })
    fake.move(ids.secret, 'workspace')
    fake.edit(ids.home, { title: 'House' })
    await harness.run()
    await expectTruth(world, wanted)
    world.advance(10 * minuteMs)
    await expectQuiet(world)
  })

  it('may be a database, and a page that search does not list', async () => {
    await open({ config: { root_pages: ['Tasks'] } })
    const { fake, harness } = world
    await harness.run()
    await expectTruth(world, trail => trail.includes(ids.tasks))
    fake.hidden.add(ids.deep)
    await harness.configure({ root_pages: [ids.deep] })
    await harness.run()
    await expectTruth(world, trail => trail.includes(ids.deep))
  })
})
