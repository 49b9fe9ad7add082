import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { connect } from '../connection.ts'
import { assertTruth, type Case, listAnew, visible, visibleAll } from './case.ts'

const rounds = 4

/** Of changes between two syncs. */
export const followingCases: readonly Case[] = [
  {
    name: 'what changed, and nothing else, is followed exactly',
    async run(setting) {
      const connection = await connect(setting)
      await connection.run()
      let counted = 0
      for (let round = 0; round < rounds; round++) {
        const before = await connection.held()
        await setting.fixture.change(round)
        const run = await connection.run()
        const after = await assertTruth(setting, connection)
        const anew = await listAnew(setting)
        assert.deepEqual(visibleAll(after), visibleAll(anew), 'following does not come to what a listing comes to')
        const inserted = [...after.keys()].filter(key => !before.has(key)).length
        const deleted = [...before.keys()].filter(key => !after.has(key)).length
        const updated = [...after].filter(([key, row]) => {
          const old = before.get(key)
          return old && !isDeepStrictEqual(visible(old), visible(row))
        }).length
        assert.deepEqual(
          { inserted: run.inserted, updated: run.updated, deleted: run.deleted },
          { inserted, updated, deleted },
          'the counts are not what changed',
        )
        counted += inserted + updated + deleted
        assert.ok(inserted + updated + deleted > 0, `round ${round} of the fixture's changes changes nothing`)
        const quiet = await connection.run()
        assert.equal(quiet.inserted + quiet.updated + quiet.deleted, 0, 'a change is followed twice')
      }
      assert.ok(counted > rounds)
    },
  },
  {
    name: 'what happened between two syncs long apart is caught up with',
    async run(setting) {
      const connection = await connect(setting)
      await connection.run()
      for (let round = 0; round < rounds; round++) await setting.fixture.change(round)
      await connection.run()
      assert.deepEqual(visibleAll(await assertTruth(setting, connection)), visibleAll(await listAnew(setting)))
    },
  },
  {
    name: 'a cursor that the provider has forgotten heals in the same sync, exactly',
    async run(setting) {
      const { fixture } = setting
      if (!fixture.expireCursors) return
      const connection = await connect(setting)
      await connection.run()
      const before = await connection.held()
      await fixture.change(0)
      fixture.expireCursors()
      const run = await connection.run()
      const after = await assertTruth(setting, connection)
      const deleted = [...before.keys()].filter(key => !after.has(key)).length
      assert.equal(run.deleted, deleted, 'deleted')
      assert.equal(run.inserted, [...after.keys()].filter(key => !before.has(key)).length, 'inserted')
      const same = [...after].filter(([key, row]) => before.get(key)?.text === row.text).length
      assert.ok(run.updated <= after.size - same + changedOtherwise(before, after), 'what did not change was updated')
      fixture.expireCursors()
      const quiet = await connection.run()
      assert.equal(quiet.inserted + quiet.updated + quiet.deleted, 0, 'healing changes what did not change')
    },
  },
]

function changedOtherwise(before: Awaited<ReturnType<typeof listAnew>>, after: typeof before): number {
  return [...after].filter(([key, row]) => {
    const old = before.get(key)
    return old?.text === row.text && !isDeepStrictEqual(visible(old), visible(row))
  }).length
}
