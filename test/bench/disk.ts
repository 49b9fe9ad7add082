/** Bytes on the disk, beside the same tables without the index that is searched, and beside the text alone. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../core/store/database.ts'
import type { Bench } from './bench.ts'
import { megabytes } from './measure.ts'
import { seedStore } from './seed.ts'

export const bench: Bench = {
  title: 'bytes on the disk for 100,000 entities, beside SQLite without an index, and beside their text',
  async run({ count, scratch }) {
    const entities = count(100_000)
    const dataDir = join(scratch, 'disk')
    const textBytes = await seedStore(dataDir, entities)
    const file = join(dataDir, 'inlet.db')
    const whole = statSync(file).size
    const database = openDatabase(file, 'writer')
    database.script('drop table search; vacuum; pragma wal_checkpoint(truncate)')
    database.close()
    const bare = statSync(file).size
    const what = `${entities.toLocaleString('en-US')} entities with ${megabytes(textBytes).toFixed(0)} MB of text, on the disk`
    const value = megabytes(whole)
    return [
      {
        ...{ what, value, unit: 'MB', beside: { what: 'without the full-text index', value: megabytes(bare) } },
        target: { of: 'ratio', atMost: 2.2 },
      },
      { what: `${what}, by their text`, value, unit: 'MB', beside: { what: 'of text', value: megabytes(textBytes) } },
    ]
  },
}
