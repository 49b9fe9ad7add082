/** Run with a data folder and a count: makes a collection `home` with so many notes, of a few kilobytes each. */
import { createInlet } from '../../core/index.ts'
import { checkpoint, note, scriptedPlugin } from '../support/scripted-source.ts'

const [dataDir = '', count = ''] = process.argv.slice(2)
const perFolder = 200
const wordsPerNote = 200

const plugin = scriptedPlugin(async function* () {
  for (let index = 0; index < Number(count); index++) {
    const place = Math.floor(index / perFolder)
    yield note(`n${index}`, {
      name: `Note ${index % 150} about things`,
      text: Array.from({ length: wordsPerNote }, (_word, at) => `word${(index * 31 + at * 7) % 900}`).join(' '),
      breadcrumbs: [{ entityId: `f${place}`, name: `Folder ${place}`, entityType: 'folder' }],
      raw: { number: index, labels: ['one', 'two'] },
    })
    if (index % 1000 === 999) yield checkpoint(index)
  }
  yield checkpoint('end')
})
const inlet = await createInlet({ dataDir, plugins: [plugin] })
await inlet.collections.create({ name: 'Home', readableId: 'home' })
const { id, lastJob } = await inlet.connections.create({
  ...{ shortName: 'scripted', name: 'My notes', collection: 'home' },
  authFields: { access_token: 'bench' },
})
for await (const { job } of inlet.jobs.follow(id, lastJob?.id ?? '', AbortSignal.timeout(1_800_000))) {
  if (job.status === 'failed') throw new Error(job.error ?? 'failed')
}
await inlet.close()
