import { expect, test } from 'vitest'
import { describeRecurrence } from '../../../plugins/google/recurrence.ts'

test.each([
  ['RRULE:FREQ=DAILY', 'every day'],
  ['RRULE:FREQ=WEEKLY;WKST=MO;INTERVAL=2;BYDAY=MO,FR;COUNT=10', 'every 2 weeks on Monday, Friday, 10 times'],
  ['RRULE:FREQ=MONTHLY;BYMONTHDAY=15', 'every month on day 15'],
  ['RRULE:FREQ=MONTHLY;BYMONTHDAY=-1', 'every month on the last day'],
  ['RRULE:FREQ=MONTHLY;BYDAY=-1FR', 'every month on the last Friday'],
  ['RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1', 'every month on the 1st of Monday, Tuesday'],
  [
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=22;UNTIL=20300101T000000Z',
    'every year on day 22 in March until 2030-01-01',
  ],
  ['RDATE;VALUE=DATE:20260105,20260212', 'also 2026-01-05, 2026-02-12'],
  ['RRULE:FREQ=SECONDLY', 'RRULE:FREQ=SECONDLY'],
  ['RRULE:FREQ=DAILY;BYHOUR=9', 'RRULE:FREQ=DAILY;BYHOUR=9'],
  ['nonsense', 'nonsense'],
])('%s is told as "%s"', (line, words) => {
  expect(describeRecurrence([line])).toBe(words)
})

test('several lines make one phrase', () => {
  expect(describeRecurrence(['RRULE:FREQ=DAILY', 'EXDATE:20260103T090000Z'])).toBe('every day; except 2026-01-03')
})
