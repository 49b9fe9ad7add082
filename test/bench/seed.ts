/**
 * Fills a store as syncs do, batch by batch through the store's own `commit`, but with nothing fetched: mails, messages
 * and pages of one connection, in the collection `bench`.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '../../core/json.ts'
import { openStore } from '../../core/store/index.ts'
import type { Upsert } from '../../core/store/store.ts'
import { jobRow } from '../support/store-suite/fixtures.ts'
import { storeConnection } from '../support/stored-connection.ts'
import { chanceOf, proseOf, wordsOf } from './corpus.ts'

const atOnce = 5000
const newestMs = 1_760_000_000_000

/** Resolves with the bytes of text in it. The folder is that of an inlet, which may be started on it afterwards. */
export async function seedStore(dataDir: string, count: number): Promise<number> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const store = await openStore({ file: join(dataDir, 'inlet.db') })
  const { id: connectionId } = await storeConnection(store, { shortName: 'slack', name: 'Bench', collection: 'bench' })
  const job = jobRow(randomUUID(), connectionId)
  await store.insertJob(job)
  let textBytes = 0
  for (let from = 0; from < count; from += atOnce) {
    const writes = Array.from({ length: Math.min(atOnce, count - from) }, (_item, index) => writeOf(from + index))
    for (const { entity } of writes) textBytes += Buffer.byteLength(`${entity.name}${entity.text}`)
    await store.commit({
      ...{ connectionId, jobId: job.id, now: job.createdAt, writes, generation: null },
      job: { requests: 1, skipped: 0, failed: 0 },
    })
  }
  await store.endJob({
    ...{ id: job.id, connectionId, connection: { totalRuns: 1, successfulRuns: 1 }, happenings: [] },
    job: { status: 'completed', completedAt: job.createdAt },
  })
  await store.close()
  return textBytes
}

/** Of ten entities six are short messages, three are mails, and one is a page. */
function writeOf(number: number): Upsert {
  const chance = chanceOf(number)
  const kind = number % 10 < 6 ? 'message' : number % 10 < 9 ? 'mail' : 'page'
  const channel = Math.floor(chance() * 50)
  const time = new Date(newestMs - number * 60_000).toISOString()
  const words = { message: 25, mail: 100, page: 200 }[kind]
  return {
    type: 'upsert',
    entity: {
      entityType: kind === 'message' ? 'slack_message' : `bench_${kind}`,
      id: `${kind}-${number}`,
      name: wordsOf(chance, 6),
      text: proseOf(chance, words),
      author: `${wordsOf(chance, 2)}`,
      url: `https://example.com/${kind}/${number}`,
      breadcrumbs: [{ entityId: `C${channel}`, name: `channel ${channel}`, entityType: 'slack_channel' }],
      createdAt: time,
      updatedAt: time,
    },
    raw: canonicalJson({ id: `${kind}-${number}`, labels: ['one', 'two'], size: words, user: `U${channel}` }),
  }
}
