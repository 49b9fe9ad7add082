import { afterAll, describe, test } from 'vitest'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startOneDrive } from './onedrive-fixture.ts'

const source = { plugin: microsoft, shortName: 'onedrive', test, after: afterAll, ...depth }

testSource({ ...source, start: () => startOneDrive() })

describe('where items come with the addresses of their bytes', () => {
  testSource({ ...source, start: () => startOneDrive({ givesAddresses: true }) })
})
