import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { error } from '../../support/fake-notion-protocol.ts'
import { expectQuiet, expectTruth, minuteMs, openWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

describe('a first run that ends anywhere', () => {
  it('is gone on with where it ended, and reads no page twice for it', async () => {
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
