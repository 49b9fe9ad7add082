import { afterAll, test } from 'vitest'
import { microsoft } from '../../../plugins/microsoft/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startOutlookCalendar } from './outlook-calendar-fixture.ts'

testSource({
  plugin: microsoft,
  shortName: 'outlook_calendar',
  start: startOutlookCalendar,
  test,
  after: afterAll,
  ...depth,
})
