import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../../core/store/index.ts'
import { storeSuite } from '../../support/store-suite.ts'
import { temporaryFolder } from './folder.ts'
import { expectSound } from './soundness.ts'

storeSuite('the store in SQLite', async now => {
  const folder = await temporaryFolder()
  const file = join(folder, 'inlet.db')
  const store = await openStore({ file, readers: 1, clock: { now } })
  return {
    store,
    async dispose() {
      await store.close()
      expectSound(file)
      await rm(folder, { recursive: true })
    },
  }
})
