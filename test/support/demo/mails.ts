import { ada, at, compact } from './life.ts'

export interface Mail {
  id: string
  threadId?: string
  from: string
  to?: string
  subject: string
  date: string
  labels?: readonly string[]
  html: string
  attachments?: readonly { fileName: string; type: string; content: string }[]
}

const ben = 'Ben <ben@example.com>'
const cleo = 'Cleo <cleo@example.com>'
const me = `${ada.name} <${ada.email}>`

export const mails: readonly Mail[] = [
  {
    id: 'mail-ferry',
    from: 'Harbour Ferries <tickets@ferries.example>',
    subject: 'Your ferry tickets to the lighthouse island',
    date: at(-6, '07:12'),
    html: `<h1>Booking confirmed</h1><p>Three seats on the <b>09:40 ferry</b> to the lighthouse island, pier 4.</p>
      <table><tr><th>Passenger</th><th>Seat</th></tr><tr><td>Ada</td><td>12A</td></tr><tr><td>Ben</td><td>12B</td></tr></table>
      <p>Bring the attached ticket, printed or on your phone.</p>`,
    attachments: [
      {
        fileName: 'ticket.html',
        type: 'text/html',
        content: '<h1>Ferry ticket</h1><p>Reference <b>LH-2207</b>, pier 4, 09:40.</p>',
      },
      { fileName: 'timetable.csv', type: 'text/csv', content: 'departs,arrives,pier\n09:40,10:55,4\n17:30,18:45,2\n' },
    ],
  },
  {
    id: 'mail-keys',
    threadId: 'thread-keys',
    from: ben,
    subject: 'Keys for the lighthouse',
    date: at(-5, '10:02'),
    html: '<p>The keeper leaves the <i>lighthouse keys</i> in the blue box behind the boathouse. The code is the year it was built.</p>',
  },
  {
    id: 'mail-keys-reply',
    threadId: 'thread-keys',
    from: me,
    to: ben,
    subject: 'Re: Keys for the lighthouse',
    date: at(-5, '10:40'),
    labels: ['SENT'],
    html: '<p>Found it on the plaque: built in 1887. I will bring a torch for the stairs.</p>',
  },
  {
    id: 'mail-menu',
    from: cleo,
    subject: 'Menu for Saturday',
    date: at(-4, '18:25'),
    html: '<p>Proposal:</p><ul><li>Leek and potato soup</li><li>Bread from the mill</li><li>Rhubarb crumble</li></ul><p>Ben does the <a href="https://shop.example/list">shopping</a>.</p>',
    attachments: [
      {
        fileName: 'shopping.md',
        type: 'text/markdown',
        content: '# Shopping\n\n- 6 leeks\n- 2 kg potatoes\n- rhubarb\n',
      },
    ],
  },
  {
    id: 'mail-weather',
    from: 'Coast Weather <daily@weather.example>',
    subject: 'Outlook for the islands',
    date: at(-1, '05:30'),
    html: '<p>Wind south-west 4, <b>gusts of 6 near the lighthouse</b> on Saturday morning, calm from noon.</p>',
  },
  {
    id: 'mail-invitation',
    from: cleo,
    subject: 'Invitation: rehearsal of the choir',
    date: at(-3, '12:00'),
    html: '<p>We sing in the old school this time, not in the church.</p>',
    attachments: [
      {
        fileName: 'rehearsal.ics',
        type: 'text/calendar',
        content: [
          ...[
            'BEGIN:VCALENDAR',
            'VERSION:2.0',
            'PRODID:-//inlet//demo//EN',
            'BEGIN:VEVENT',
            'UID:rehearsal@example.com',
          ],
          ...[`DTSTART:${compact(at(3, '18:00'))}`, `DTEND:${compact(at(3, '19:30'))}`, 'SUMMARY:Choir rehearsal'],
          ...['LOCATION:Old school', 'END:VEVENT', 'END:VCALENDAR', ''],
        ].join('\r\n'),
      },
    ],
  },
  {
    id: 'mail-invoice',
    from: 'Bike Workshop <hello@bikes.example>',
    subject: 'Invoice 1042: new brake pads',
    date: at(-12, '16:20'),
    html: '<p>Two brake pads and an hour of work: <b>64.00</b>. Payable within 14 days.</p>',
    attachments: [
      { fileName: 'invoice-1042.csv', type: 'text/csv', content: 'item,amount\nbrake pads,24.00\nwork,40.00\n' },
    ],
  },
  {
    id: 'mail-library',
    from: 'Town Library <desk@library.example>',
    subject: 'Due soon: two books',
    date: at(-2, '08:00'),
    html: '<p>Due on Friday:</p><ol><li>To the Lighthouse</li><li>A Field Guide to Seabirds</li></ol>',
  },
  {
    id: 'mail-garden',
    from: ben,
    subject: 'Tomatoes',
    date: at(-8, '19:45'),
    html: '<p>You can have six seedlings. They want sun, <em>no wind</em> and a deep pot.</p>',
  },
  {
    id: 'mail-dentist',
    from: 'Dental Practice <office@dentist.example>',
    subject: 'Reminder: your appointment',
    date: at(-9, '11:11'),
    html: '<p>Tuesday at 8:15. Please bring your card.</p>',
  },
  {
    id: 'mail-photos',
    from: cleo,
    subject: 'Photos of the seals',
    date: at(-15, '21:03'),
    html: '<p>The best one is from the rocks below the tower, just before the rain.</p>',
  },
  {
    id: 'mail-newsletter',
    from: 'Museum of Lights <news@museum.example>',
    subject: 'How a Fresnel lens works',
    date: at(-20, '09:00'),
    labels: ['INBOX', 'CATEGORY_UPDATES'],
    html: '<h2>A lens made of rings</h2><p>Every lighthouse lens bends light with <b>rings of prisms</b> instead of one thick glass.</p>',
  },
]
