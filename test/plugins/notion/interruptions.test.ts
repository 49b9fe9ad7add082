/** Whatever request fails, and however, the next run ends in the truth, and nothing was deleted that is there. */
import { afterEach, describe, expect, it } from 'vitest'
import { error } from '../../support/fake-notion-protocol.ts'
import type { Fault } from '../../support/fake-server.ts'
import { expectQuiet, expectTruth, heldBy, minuteMs, openWorld, paragraph, seed, truthOf, type World } from './world.ts'

let world: World
let ids: ReturnType<typeof seed>
afterEach(() => world.close())

async function open(): Promise<void> {
  world = await openWorld({
    seed(fake) {
      ids = seed(fake)
    },
  })
}

/** Those that would be asked again stay; the others are the answer to one request alone. */
const faults: { fault: Fault; isLasting: boolean }[] = [
  { fault: error(401, 'unauthorized'), isLasting: true },
  { fault: error(404, 'object_not_found'), isLasting: false },
  { fault: error(403, 'restricted_resource'), isLasting: true },
  { fault: error(500, 'internal_server_error'), isLasting: true },
  { fault: { status: 404, body: {} }, isLasting: false },
  { fault: error(400, 'validation_error'), isLasting: true },
  { fault: 'truncate', isLasting: true },
]

/** Everything that can change, once a turn. */
function change(turn: number): void {
  const { fake } = world
  fake.edit(ids.lone, { blocks: [paragraph(fake, `edit ${turn}`)] })
  fake.edit(ids.deep, { title: `Deep ${turn}` })
  fake.move(ids.guide, turn % 2 === 0 ? { page: ids.home } : { page: ids.lone })
  fake.addPage({ title: `New ${turn}`, parent: { page: ids.deeper } })
  const doomed = [...fake.pages.values()].find(({ title }) => title === `New ${turn - 1}`)
  if (doomed) fake.trash(doomed.id)
}

describe.each([1, 2])('a request that fails in any way, every other one from number %i on', first => {
  it('in any place of a run, costs nothing in the next one', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    let turns = 0
    for (let isOver = false; !isOver; turns++) {
      change(turns)
      world.advance(10 * minuteMs)
      const { fault, isLasting } = faults[(turns + first * 3) % faults.length] ?? {}
      const before = fake.server.requests.length
      let failing = ''
      fake.server.fault = (request, number) => {
        const isFirst = number - before === turns * 2 + first
        if (isFirst) failing = request.path
        return isFirst || (isLasting && request.path === failing) ? fault : undefined
      }
      const wasThere = new Set((await heldBy(harness)).keys())
      await harness.run().catch((failure: unknown) => failure)
      isOver = failing === ''
      fake.server.fault = undefined
      const truth = truthOf(fake)
      const held = await heldBy(harness)
      // Nothing that is there may be gone, not even in between.
      expect([...truth.keys()].filter(key => wasThere.has(key) && !held.has(key))).toEqual([])
      await harness.run()
      await expectTruth(world)
    }
    expect(turns).toBeGreaterThan(10)
  })
})

describe('a connection that breaks once', () => {
  it('wherever in a run, is made good within it', async () => {
    await open()
    const { fake, harness } = world
    await harness.run()
    let turns = 0
    for (let isOver = false; !isOver; turns++) {
      change(turns)
      const before = fake.server.requests.length
      let isHit = false
      fake.server.fault = (_request, number) => {
        if (number - before !== turns + 1) return undefined
        isHit = true
        return turns % 2 === 0 ? 'drop' : 'truncate'
      }
      await harness.run()
      isOver = !isHit
      fake.server.fault = undefined
      await expectTruth(world)
    }
    expect(turns).toBeGreaterThan(20)
  })
})

describe('a first run that ends anywhere', () => {
  it('is gone on with where it ended, and reads no page twice for it', async () => {
    await open()
    const { fake, harness } = world
    const reads = new Map<string, number>()
    let runs = 0
    let isOver = false
    for (let allowed = 24; !isOver && runs < 30; runs++, allowed += 2) {
      const before = fake.server.requests.length
      let isEnded = false
      fake.server.fault = (request, number) => {
        if (number - before > allowed) isEnded = true
        else if (request.path.endsWith('/children') && !request.query.has('start_cursor')) {
          reads.set(request.path, (reads.get(request.path) ?? 0) + 1)
        }
        return isEnded ? error(401, 'unauthorized') : undefined
      }
      await harness.run().catch((failure: unknown) => failure)
      isOver = !isEnded
    }
    expect(runs).toBeGreaterThan(1)
    const readAgain = [...reads.values()].filter(count => count > 1).length
    // What was under way when it ended.
    expect(readAgain).toBeLessThanOrEqual(4 * runs)
    expect(Math.max(...reads.values())).toBeLessThanOrEqual(3)
    fake.server.fault = undefined
    await expectTruth(world)
    world.advance(10 * minuteMs)
    await expectQuiet(world)
  })
})

describe('cursors that die', () => {
  it('in the middle of any listing, begin it again', async () => {
    await open()
    const { fake, harness } = world
    let expired = 0
    const seen = new Set<string>()
    fake.server.fault = request => {
      const cursor =
        request.query.get('start_cursor') ??
        (JSON.parse(request.body || '{}') as { start_cursor?: string }).start_cursor
      if (cursor !== undefined && !seen.has(request.path)) {
        seen.add(request.path)
        expired++
        fake.expireCursors()
      }
      return undefined
    }
    await harness.run()
    expect(expired).toBeGreaterThan(3)
    await expectTruth(world)
  })
})

describe('being asked to slow down', () => {
  it('is obeyed, as long as it takes', async () => {
    await open()
    const { fake, harness } = world
    let refused = 0
    fake.server.fault = (_request, number) => {
      if (number % 4 !== 0) return undefined
      refused++
      return {
        ...(refused % 2 ? error(429, 'rate_limited') : error(529, 'service_overload')),
        headers: { 'retry-after': '7' },
      }
    }
    await harness.run()
    expect(refused).toBeGreaterThan(5)
    expect(harness.slept).toContain(7000)
    await expectTruth(world)
  })
})
