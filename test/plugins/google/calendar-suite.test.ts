import { afterAll, test } from 'vitest'
import { google } from '../../../plugins/google/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startCalendar } from './calendar-fixture.ts'

testSource({ plugin: google, shortName: 'google_calendar', start: startCalendar, test, after: afterAll, ...depth })
