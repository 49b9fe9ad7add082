import assert from 'node:assert/strict'
import { connect } from '../connection.ts'
import { assertTruth, type Case, listAnew, truthOf, visibleAll } from './case.ts'

/** Of what a person does not want to have. */
export const filterCases: readonly Case[] = [
  {
    name: 'a filter holds in a listing and in what follows it',
    async run(setting) {
      const { fixture } = setting
      const everything = [...truthOf(setting).keys()].sort().join()
      for (const [index, config] of (fixture.filters ?? []).entries()) {
        assert.notEqual([...truthOf(setting, config).keys()].sort().join(), everything, 'a filter that filters nothing')
        const connection = await connect(setting, config)
        await connection.run()
        await assertTruth(setting, connection, config)
        for (let round = 2 * index; round < 2 * index + 2; round++) {
          await fixture.change(round)
          await connection.run()
          await assertTruth(setting, connection, config)
        }
        assert.deepEqual(visibleAll(await connection.held()), visibleAll(await listAnew(setting, config)))
      }
    },
  },
  {
    name: 'another filter takes hold in the next sync, and so does none',
    async run(setting) {
      const { fixture } = setting
      const connection = await connect(setting)
      await connection.run()
      for (const config of [...(fixture.filters ?? []), fixture.config ?? {}]) {
        await connection.configure(config)
        await connection.run()
        await assertTruth(setting, connection, config)
      }
    },
  },
]
