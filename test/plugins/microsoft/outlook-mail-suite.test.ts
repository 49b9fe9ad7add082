import { afterAll, test } from 'vitest'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startOutlookMail } from './outlook-mail-fixture.ts'

testSource({ plugin: microsoft, shortName: 'outlook_mail', start: startOutlookMail, test, after: afterAll, ...depth })
