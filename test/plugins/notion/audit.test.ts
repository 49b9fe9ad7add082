/** How soon comments are found on pages that did not change, and what it costs to look for them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectTruth, minuteMs, nowMs, openWorld, paragraph, type World } from './world.ts'

const dayMs = 24 * 60 * minuteMs
const quarterMs = 15 * minuteMs

let world: World
let old: string[]
let recent: string[]

beforeEach(async () => {
  world = await openWorld({
    pageSize: 100,
    seed(fake) {
      const page = (title: string, created: number) =>
        fake.addPage({ title, created, blocks: [paragraph(fake, `${title} text`)] })
      old = Array.from({ length: 120 }, (_page, index) => page(`Old ${index}`, nowMs - 90 * dayMs + index * minuteMs))
      recent = Array.from({ length: 10 }, (_page, index) => page(`New ${index}`, nowMs - dayMs + index * minuteMs))
    },
  })
  await world.harness.run()
})
afterEach(() => world.close())

/** How many pages a run has asked for their comments. */
async function asked(): Promise<number> {
  const before = world.fake.calls('comments')
  await world.harness.run()
  // The newest page of all is read as a whole in every run.
  return world.fake.calls('comments') - before - 1
}

async function askedAfter(ms: number): Promise<number> {
  world.advance(ms)
  return asked()
}

describe('in a workspace of more than a hundred pages', () => {
  it('runs that follow each other closely share what is asked for in a quarter of an hour', async () => {
    // The listing took a minute or two.
    expect(await asked()).toBeLessThan(10)
    expect(await asked()).toBe(0)
    // Nine pages that were edited lately, and a twenty-fourth of the others.
    expect(await askedAfter(quarterMs)).toBe(9 + 5)
    expect(await asked()).toBe(0)
    expect(await askedAfter(minuteMs)).toBe(6)
    expect(await askedAfter(quarterMs / 1000)).toBe(0)
  })

  it('comments on pages that were edited lately are found within a quarter of an hour', async () => {
    for (const page of recent) world.fake.comment(page, 'just said')
    await askedAfter(quarterMs)
    await expectTruth(world)
  })

  it('comments on every page are found within six hours, and where they are answered within a quarter', async () => {
    const page = old[77] ?? ''
    world.fake.comment(page, 'after all this time')
    let runs = 0
    for (; runs < 24; runs++) await askedAfter(quarterMs)
    expect(runs).toBe(24)
    await expectTruth(world)
    world.fake.comment(page, 'indeed')
    await askedAfter(quarterMs)
    await expectTruth(world)
  })

  it('everything is asked for once a hundred pages a quarter of an hour were not asked for', async () => {
    for (const page of [old[0] ?? '', old[60] ?? '', old[119] ?? '']) world.fake.comment(page, 'long ago')
    expect(await askedAfter(dayMs)).toBe(100)
    expect(await askedAfter(dayMs)).toBe(100)
    await expectTruth(world)
  })

  it('a clock that was ahead does not keep it from being asked for', async () => {
    await askedAfter(100 * dayMs)
    expect(await askedAfter(-99 * dayMs)).toBe(0)
    expect(await askedAfter(quarterMs)).toBeGreaterThan(9)
  })
})
