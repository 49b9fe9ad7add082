import { afterAll, test } from 'vitest'
import { google } from '../../../plugins/google/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startDrive } from './drive-fixture.ts'

testSource({ plugin: google, shortName: 'google_drive', start: startDrive, test, after: afterAll, ...depth })
