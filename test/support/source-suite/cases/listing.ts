import assert from 'node:assert/strict'
import { connect } from '../connection.ts'
import { assertTruth, type Case, keyOf } from './case.ts'

/** Of a provider that just answers. */
export const listingCases: readonly Case[] = [
  {
    name: 'a first sync brings in what there is, each thing once',
    async run(setting) {
      const connection = await connect(setting)
      const run = await connection.run()
      const held = await assertTruth(setting, connection)
      assert.equal(run.inserted, held.size, 'inserted')
      assert.equal(run.updated + run.deleted + run.skipped + run.failed, 0, 'updated, deleted, skipped and failed')
      const keys = run.changes.flatMap(change => (change.type === 'upsert' ? [keyOf(idOf(change.entity))] : []))
      const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
      assert.deepEqual(twice, [], 'yielded more than once')
    },
  },
  {
    name: 'only declared entity types, with a name, and a text that is not just white space',
    async run(setting) {
      const connection = await connect(setting)
      const { changes } = await connection.run()
      let seen = 0
      for (const change of changes) {
        if (change.type !== 'upsert') continue
        seen++
        const { entityType, id, name, text } = change.entity
        assert.ok(setting.source.entityTypes.includes(entityType), `${entityType} is not declared`)
        assert.ok(name.trim() !== '', `${entityType} ${id} has no name`)
        assert.ok(text === undefined || text === '' || text.trim() !== '', `${entityType} ${id} has a blank text`)
        for (const time of [change.entity.createdAt, change.entity.updatedAt]) {
          assert.ok(time === undefined || isInstant(time), `${entityType} ${id} has the time ${time}`)
        }
      }
      assert.ok(seen > 0)
    },
  },
  {
    name: 'a cursor survives JSON, and a second sync has nothing to do',
    async run(setting) {
      const connection = await connect(setting)
      const first = await connection.run()
      const cursors = first.changes.flatMap(change => (change.type === 'checkpoint' ? [change.cursor] : []))
      assert.ok(cursors.length > 0, 'there is no checkpoint')
      for (const cursor of cursors) assert.deepEqual(JSON.parse(JSON.stringify(cursor)), cursor)
      for (let again = 0; again < 2; again++) {
        const quiet = await connection.run()
        const { inserted, updated, deleted } = quiet
        assert.deepEqual({ inserted, updated, deleted }, { inserted: 0, updated: 0, deleted: 0 })
        assert.ok(quiet.requests.length <= first.requests.length, 'a quiet sync costs more than the first one')
      }
      await assertTruth(setting, connection)
    },
  },
  {
    name: 'listing again from the start finds everything as it was',
    async run(setting) {
      const connection = await connect(setting)
      const { isFile } = setting.fixture
      const first = await connection.run()
      await connection.forgetCursor()
      const { inserted, updated, deleted, requests } = await connection.run()
      assert.deepEqual({ inserted, updated, deleted }, { inserted: 0, updated: 0, deleted: 0 })
      await assertTruth(setting, connection)
      if (!isFile) return
      const fetched = ({ url }: { url: URL }) => isFile(url)
      assert.ok(first.requests.some(fetched), 'no file was fetched at first')
      const again = requests.filter(fetched).map(({ url }) => url.pathname)
      assert.deepEqual(again, [], 'files that are the same were fetched again')
    },
  },
  {
    name: 'requests go to the declared origins, with the token in the header alone',
    async run(setting) {
      const connection = await connect(setting)
      const { requests } = await connection.run()
      const token = connection.tokenEndpoint.accessToken
      assert.ok(requests.length > 0)
      for (const { url, body } of requests) {
        assert.ok(!url.href.includes(token) && !body.includes(token), `${url.pathname} has the token in its text`)
      }
    },
  },
]

function idOf({ entityType, id }: { entityType: string; id: string }) {
  return { entityType, id }
}

function isInstant(time: string): boolean {
  return /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(time) && !Number.isNaN(Date.parse(time))
}
