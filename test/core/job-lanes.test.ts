import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { createJobQueue } from '../../core/jobs.ts'
import { silentLog } from '../../core/log.ts'
import { openStore } from '../../core/store/index.ts'
import type { ConnectionRow } from '../../core/store/store.ts'
import { storeConnection } from '../support/stored-connection.ts'

it('runs that bring only what has changed are not held up by listings that take hours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const store = await openStore({ file: join(folder, 'inlet.db') })
  const gate = Promise.withResolvers<void>()
  let begun = 0
  let toldOfRoom = 0
  const queue = createJobQueue({
    ...{ store, clock: systemClock, concurrency: 1, timeoutMs: 60_000, log: silentLog },
    roomy: () => toldOfRoom++,
    runner: {
      async run() {
        begun++
        await gate.promise
      },
      ended: async () => ({ connection: {}, happenings: [], stored() {} }),
    },
  })
  onTestFinished(async () => {
    gate.resolve()
    await queue.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const listing = { generation: 1, skips: [], sweepable: true }
  const make = (changes: Partial<ConnectionRow>) => storeConnection(store, changes)
  const news = [await make({}), await make({ cursor: 'half', listing })]
  const listed = [await make({ cursor: 'here' }), await make({ cursor: 'here' })]
  for (const connection of [...news, ...listed]) await queue.add(connection, 'manual')
  while (begun < 3) await new Promise(resolve => setImmediate(resolve))
  expect(queue.load()).toEqual({ running: 3, waiting: 1 })
  const [anyNew, anyListed] = [await make({}), await make({ cursor: 'here' })]
  expect([queue.hasRoom(anyNew), queue.hasRoom(anyListed)]).toEqual([false, true])
  // One that is being written down has its place already.
  const many = await Promise.all(Array.from({ length: 30 }, () => make({ cursor: 'here' })))
  const added = many.map(connection => queue.add(connection, 'manual'))
  expect(queue.hasRoom(anyListed)).toBe(false)
  await Promise.all(added)
  expect(toldOfRoom).toBe(0)
  gate.resolve()
  while (queue.load().running > 0) await new Promise(resolve => setImmediate(resolve))
  expect([queue.hasRoom(anyNew), queue.hasRoom(anyListed)]).toEqual([true, true])
  expect(toldOfRoom).toBe(34)
})
