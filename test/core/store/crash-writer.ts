/** Commits without end, and says after each commit that it is done; the test kills it. */
import { openStore } from '../../../core/store/index.ts'
import { commit, furnish, note, upsert } from '../../support/store-suite/fixtures.ts'

const [file = ''] = process.argv.slice(2)
const store = await openStore({ file, readers: 1 })
await furnish(store)
for (let round = 1; ; round++) {
  const writes = upsert(
    ...Array.from({ length: 10 }, (_, index) => note(`${round}-${index}`, { text: 'word '.repeat(50) })),
  )
  await commit(store, writes, { generation: 1, progress: { cursor: round, cursorKey: 'key', listing: null } })
  process.stdout.write(`${round}\n`)
}
