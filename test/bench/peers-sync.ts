/**
 * inlet from its start to its end, for one first sync: opens an empty data folder, connects a source of Google's, waits
 * until all of it is stored and indexed, and closes. Run with the data folder, the source and the URL of the fake.
 */
import './daemon-heap.ts'
import { createInlet } from '../../core/index.ts'
import { google } from '../../plugins/google/index.ts'
import { followToEnd } from './follow.ts'
import { accessToken } from './peers-token.ts'

const [dataDir = '', shortName = '', url = ''] = process.argv.slice(2)

const inlet = await createInlet({
  dataDir,
  plugins: [google],
  // The rate is the provider's, and the fake has none; how much is asked for at once is as it always is.
  providers: { google: { endpoints: { api: url, gmail: url }, limits: { requestsPerSecond: 1e6, burst: 1e6 } } },
})
await inlet.collections.create({ name: 'Peers', readableId: 'peers' })
const { id, lastJob } = await inlet.connections.create({
  ...{ shortName, name: 'Peers', collection: 'peers' },
  authFields: { access_token: accessToken },
})
const job = await followToEnd(inlet, id, lastJob?.id ?? '')
if (job.skipped + job.failed > 0) throw new Error('something was left out')
process.stdout.write(JSON.stringify(job.encountered))
await inlet.close()
