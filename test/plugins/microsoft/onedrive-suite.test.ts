import { afterAll, test } from 'vitest'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startOneDrive } from './onedrive-fixture.ts'

testSource({ plugin: microsoft, shortName: 'onedrive', start: startOneDrive, test, after: afterAll, ...depth })
