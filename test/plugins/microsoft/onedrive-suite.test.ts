import { afterAll, describe, test } from 'vitest'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth, isFull } from '../../support/suite-depth.ts'
import { startOneDrive } from './onedrive-fixture.ts'

const source = { plugin: microsoft, shortName: 'onedrive', test, after: afterAll, ...depth }

testSource({ ...source, start: () => startOneDrive() })

// Every day `onedrive-content.test.ts` has what is special to it.
describe.runIf(isFull)('where items come with the addresses of their bytes', () => {
  testSource({ ...source, start: () => startOneDrive({ givesAddresses: true }) })
})
