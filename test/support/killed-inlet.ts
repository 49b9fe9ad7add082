/** Run as a process of its own, to be killed: begins a sync that stops in the middle, and says so. */
import { createInlet } from '../../core/index.ts'
import { checkpoint, note, scriptedPlugin } from './scripted-source.ts'

const [dataDir = ''] = process.argv.slice(2)
const plugin = scriptedPlugin(async function* (context) {
  for (let index = 0; index < 1500; index++) yield note(`n${index}`)
  yield checkpoint('half')
  // Asking the store makes sure that everything before is in it.
  for await (const _known of context.known({ id: 'n0' })) console.log('half')
  await new Promise(resolve => setTimeout(resolve, 60_000))
})
const inlet = await createInlet({ dataDir, plugins: [plugin] })
await inlet.connections.create({ shortName: 'scripted', authFields: { access_token: 'secret' } })
