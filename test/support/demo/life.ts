/** A small made-up life: a weekend at a lighthouse, planned in documents, in a calendar, in a workspace, and by mail (`mails.ts`). */

const dayMs = 24 * 60 * 60 * 1000

/** ISO 8601, so many days from today, at an hour in UTC. */
export function at(days: number, time = '09:00'): string {
  const day = new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
  return `${day}T${time}:00.000Z`
}

/** RFC 5545's form of a time. */
export function compact(time: string): string {
  return time.replace(/[-:]|\.000/g, '')
}

export const ada = { name: 'Ada', email: 'ada@example.com' }

const folder = 'application/vnd.google-apps.folder'

export const driveItems = [
  { id: 'drive-weekend', name: 'Lighthouse weekend', mime_type: folder, parent_ids: ['root'] },
  { id: 'drive-house', name: 'House', mime_type: folder, parent_ids: ['root'] },
  { id: 'drive-repairs', name: 'Repairs', mime_type: folder, parent_ids: ['drive-house'] },
  {
    id: 'drive-packing',
    name: 'Packing list.md',
    mime_type: 'text/markdown',
    parent_ids: ['drive-weekend'],
    data: '# Packing list\n\nFor two nights at the lighthouse:\n\n- torch with spare batteries\n- wool socks\n- the good binoculars\n- matches in a dry tin\n',
  },
  {
    id: 'drive-budget',
    name: 'Budget.csv',
    mime_type: 'text/csv',
    parent_ids: ['drive-weekend'],
    data: 'what,who,amount\nferry,Ada,96.00\nfood,Ben,71.50\nkeeper,Cleo,120.00\n',
  },
  {
    id: 'drive-history',
    name: 'History of the tower.html',
    mime_type: 'text/html',
    parent_ids: ['drive-weekend'],
    data: '<h1>History of the tower</h1><p>Built in 1887, the lighthouse was lit with <b>paraffin</b> until 1952.</p>',
  },
  {
    id: 'drive-letter',
    name: 'A letter from the keeper.eml',
    mime_type: 'message/rfc822',
    parent_ids: ['drive-weekend'],
    data: 'From: keeper@tower.example\r\nTo: ada@example.com\r\nSubject: Welcome\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>The <b>foghorn</b> is tested at noon. Do not be afraid of it.</p>\r\n',
  },
  {
    id: 'drive-boiler',
    name: 'Boiler notes.txt',
    mime_type: 'text/plain',
    parent_ids: ['drive-repairs'],
    data: 'Pressure falls below 1 bar about every six weeks. The valve on the left drips. Ask for a new seal.\n',
  },
  {
    id: 'drive-insurance',
    name: 'Insurance.txt',
    mime_type: 'text/plain',
    parent_ids: ['drive-house'],
    data: 'Water damage is covered from the second incident in a year. Policy ends in March.\n',
  },
]

export const calendars = [
  { id: 'primary', summary: ada.email, primary: true, time_zone: 'UTC' },
  { id: 'choir', summary: 'Choir', description: 'Rehearsals and concerts', time_zone: 'UTC' },
]

export const calendarEvents = [
  {
    id: 'event-ferry',
    calendar_id: 'primary',
    summary: 'Ferry to the lighthouse',
    description: '<p>Pier 4, be there <b>20 minutes early</b>.</p>',
    location: 'Harbour, pier 4',
    start_date_time: at(5, '09:40'),
    end_date_time: at(5, '10:55'),
    attendees: [
      { email: ada.email, display_name: 'Ada' },
      { email: 'ben@example.com', display_name: 'Ben' },
    ],
  },
  {
    id: 'event-weekend',
    calendar_id: 'primary',
    summary: 'Weekend on the island',
    start_date: at(5).slice(0, 10),
    end_date: at(8).slice(0, 10),
  },
  {
    id: 'event-dentist',
    calendar_id: 'primary',
    summary: 'Dentist',
    start_date_time: at(2, '08:15'),
    end_date_time: at(2, '08:45'),
  },
  {
    id: 'event-rehearsal',
    calendar_id: 'choir',
    summary: 'Rehearsal',
    location: 'Old school',
    start_date_time: at(3, '18:00'),
    end_date_time: at(3, '19:30'),
  },
]

export type Person = 'ada' | 'ben' | 'cleo'

export const people: readonly { name: Person; title: string }[] = [
  { name: 'ada', title: 'Plans too much' },
  { name: 'ben', title: 'Drives the van' },
  { name: 'cleo', title: 'Cooks' },
]

export interface Message {
  author: Person
  text: string
  replies?: readonly { author: Person; text: string }[]
  file?: { name: string; content: string }
}

export const channels: readonly { name: string; topic: string; messages: readonly Message[] }[] = [
  {
    name: 'lighthouse-weekend',
    topic: 'Three days, no signal',
    messages: [
      {
        author: 'ada',
        text: 'Who has been up the lighthouse stairs before? How many are there?',
        replies: [
          { author: 'cleo', text: '217. I counted them twice.' },
          { author: 'ben', text: 'Then the crate of apples stays on the ground floor.' },
        ],
      },
      { author: 'ben', text: 'Van is booked: we leave at *07:30* from the <https://map.example/station|station>.' },
      {
        author: 'cleo',
        text: 'Here is what I need from the market.',
        file: { name: 'market.txt', content: 'leeks, potatoes, rhubarb, oats, coffee for six\n' },
      },
    ],
  },
  {
    name: 'kitchen',
    topic: 'What we cook',
    messages: [
      {
        author: 'cleo',
        text: 'The crumble wants oats, not flour.',
        replies: [{ author: 'ada', text: 'And far less sugar than the recipe says.' }],
      },
      { author: 'ben', text: 'Oven is fixed, it was the fuse.' },
    ],
  },
]
