import { afterAll, describe, test } from 'vitest'
import { google } from '../../../plugins/google/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startGmail } from './gmail-fixture.ts'

const suite = { plugin: google, shortName: 'gmail', test, after: afterAll, ...depth }

describe('messages read in batches', () => {
  testSource({ ...suite, start: startGmail })
})

// Twice the time for the routes that are the same: where every request is tried.
describe.runIf(depth.stride === 1)('messages read one by one', () => {
  testSource({ ...suite, start: clock => startGmail(clock, 'missing') })
})
