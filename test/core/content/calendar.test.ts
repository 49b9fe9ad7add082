import { describe, expect, it } from 'vitest'
import { calendarToMarkdown } from '../../../core/content/calendar.ts'

const calendar = (...lines: string[]) =>
  calendarToMarkdown(['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n'), 100_000)

describe('an invitation', () => {
  it('says what, when, where, who and how often', () => {
    expect(
      calendar(
        'BEGIN:VTIMEZONE',
        'TZID:Europe/Oslo',
        'BEGIN:STANDARD',
        'DTSTART:19701025T030000',
        'END:STANDARD',
        'END:VTIMEZONE',
        'BEGIN:VEVENT',
        'SUMMARY:Tea\\, cake\\; *and* more',
        'DTSTART;TZID="Europe/Oslo":20240501T100000',
        'DTEND;TZID="Europe/Oslo":20240501T113000',
        'LOCATION:Room 5\\nfloor 2',
        'ORGANIZER;CN="Lee: Kim":mailto:kim@example.com',
        'ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:ana@example.com',
        'ATTENDEE;PARTSTAT=DECLINED:MAILTO:bo@example.com',
        'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,1WE;COUNT=4',
        'URL:https://meet.example.com/x',
        'DESCRIPTION:Bring\\ncups and a lo',
        ' ng folded line',
        'BEGIN:VALARM',
        'DESCRIPTION:Reminder',
        'END:VALARM',
        'STATUS:CONFIRMED',
        'END:VEVENT',
      ),
    ).toBe(
      [
        '## Tea, cake; \\*and\\* more',
        '',
        '- **When:** 2024-05-01 10:00 – 11:30 Europe/Oslo',
        '- **Repeats:** every 2 weeks on Monday, Wednesday, 4 times',
        '- **Where:** Room 5 floor 2',
        '- **Organizer:** Lee: Kim <kim@example.com>',
        '- **Attendees:** Ana <ana@example.com>, <bo@example.com> (declined)',
        '- **Status:** confirmed',
        '- **Link:** <https://meet.example.com/x>',
        '',
        'Bring',
        'cups and a long folded line',
      ].join('\n'),
    )
  })

  it('shows the last day of an all-day event, which the format leaves out', () => {
    const text = calendar(
      'BEGIN:VEVENT',
      'SUMMARY:Trip',
      'DTSTART;VALUE=DATE:20240230',
      'DTEND;VALUE=DATE:20240303',
      'END:VEVENT',
    )
    expect(text).toContain('2024-02-30 – 2024-03-02')
    const oneDay = calendar('BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20240501', 'DTEND;VALUE=DATE:20240502', 'END:VEVENT')
    expect(oneDay).toBe('## (no title)\n\n- **When:** 2024-05-01')
  })

  it('says that it was cancelled', () => {
    expect(calendar('METHOD:CANCEL', 'BEGIN:VEVENT', 'SUMMARY:Tea', 'END:VEVENT')).toContain('**Status:** cancelled')
  })

  it('lists every entry, tasks too, below the name of the calendar', () => {
    expect(
      calendar(
        'X-WR-CALNAME:Home',
        'BEGIN:VTODO',
        'SUMMARY:Wash',
        'DUE:20240501T100000Z',
        'END:VTODO',
        'BEGIN:VEVENT',
        'SUMMARY:Rest',
        'END:VEVENT',
      ),
    ).toBe('# Home\n\n## Wash\n\n- **Due:** 2024-05-01 10:00 UTC\n\n## Rest')
  })
})

it('refuses text that holds no calendar', () => {
  expect(() => calendarToMarkdown('hello', 100)).toThrowError(expect.objectContaining({ code: 'item_unreadable' }))
})
