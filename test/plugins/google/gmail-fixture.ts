/** A small mailbox for the source suite: threads, files, labels, and changes to them. */
import type { Config } from '../../../core/plugin.ts'
import { createFakeGmail } from '../../support/fake-gmail.ts'
import type { FakeGmailKnobs, FakeMessage, FakePart } from '../../support/fake-gmail-types.ts'
import type { Fixture, FixtureClock, Truth } from '../../support/source-suite/index.ts'
import { bySubject, fillMailbox, withFiles } from './gmail-setup.ts'
import { serve } from './google-fixture.ts'

const dayMs = 24 * 60 * 60 * 1000

/** @param batch whether messages can be read many at once */
export async function startGmail(clock: FixtureClock, batch: FakeGmailKnobs['batch'] = 'works'): Promise<Fixture> {
  const gmail = createFakeGmail()
  gmail.knobs.batch = batch
  gmail.knobs.pageSize = 2
  Object.defineProperty(gmail.knobs, 'now', { get: clock.now })
  const served = await serve(gmail.routes)
  fillMailbox(gmail)
  const work = gmail.makeLabel('Work')
  const longAgo = clock.now() - 400 * dayMs
  const old = gmail.add({ subject: 'Old', labelIds: ['INBOX', work], date: longAgo })
  gmail.add({ subject: '', threadId: old.threadId, labelIds: [work], text: 'a message without a subject' })
  gmail.add({ subject: 'Letter', payload: withLetter(), labelIds: ['INBOX', work] })
  gmail.add({ subject: 'Draft', labelIds: ['DRAFT'], text: 'not sent yet' })

  const [files, plans, answer, alone] = ['Files', 'Plans', 'Re: Plans', 'Alone'].map(name => bySubject(gmail, name).id)
  if (!files || !plans || !answer || !alone) throw new Error('the mailbox lacks a message')
  /** Of the last round. */
  let added: string[] = []
  const moreChanges: readonly ((round: number) => void)[] = [
    () => gmail.modify(files, { remove: ['INBOX'], add: [work] }),
    round => gmail.renameLabel(work, `Work ${round}`),
    () => gmail.trash(plans),
    () => gmail.modify(alone, { add: ['SPAM'] }),
    () => gmail.modify(files, { remove: [work], add: ['INBOX'] }),
    () => gmail.untrash(plans),
    () => gmail.modify(alone, { remove: ['SPAM'] }),
    () => gmail.renameLabel(work, 'Work'),
    () => gmail.modifyTogether([files, plans, alone], { add: ['STARRED'] }),
    () => gmail.modifyTogether([files, plans, alone], { remove: ['STARRED'] }),
  ]
  return {
    ...served,
    filters: [
      { after_date: new Date(clock.now() - 300 * dayMs).toISOString().slice(0, 10) },
      { included_labels: [work, 'Drafts'] },
      { excluded_labels: ['Unread'] },
      { gmail_query: 'newer_than:300d from:ada' },
    ],
    truth: config => truthOf([...gmail.messages.values()].filter(message => isAsked(config, message))),
    change(round) {
      for (const id of added) gmail.delete(id)
      if (round === 0) gmail.delete(bySubject(gmail, 'RE: Plans').id)
      const text = `what is new in round ${round}`
      added = [
        gmail.add({ subject: `New ${round}`, ...(round % 2 === 0 ? { payload: withFiles() } : { text }) }),
        gmail.add({ subject: 'Re: Plans', threadId: plans, text }),
      ].map(({ id }) => id)
      gmail.modify(answer, round % 2 === 0 ? { remove: ['UNREAD'] } : { add: ['UNREAD'] })
      moreChanges[round % moreChanges.length]?.(round)
    },
    expireCursors: () => gmail.expireHistory(),
    isFile: ({ pathname }) => /\/attachments\/[^/]+_file_\d+$/.test(pathname),
    paging: [
      { path: /\/messages$/, items: ['messages'], next: ['nextPageToken'], parameter: 'pageToken' },
      { path: /\/history$/, items: ['history'], next: ['nextPageToken'], parameter: 'pageToken' },
    ],
  }

  function isAsked(config: Config, { labelIds, date, headers }: FakeMessage): boolean {
    if (labelIds.has('TRASH') || labelIds.has('SPAM')) return false
    if (config.after_date !== undefined && date < Date.parse(String(config.after_date))) return false
    if (config.included_labels !== undefined && !labelIds.has(work) && !labelIds.has('DRAFT')) return false
    if (config.excluded_labels !== undefined && labelIds.has('UNREAD')) return false
    if (config.gmail_query === undefined) return true
    const from = headers.find(({ name }) => name === 'From')?.value ?? ''
    return date >= clock.now() - 300 * dayMs && /ada/i.test(from)
  }
}

function withLetter(): FakePart {
  const large = '<p>A <b>long</b> letter</p>'
  return {
    mimeType: 'multipart/mixed',
    parts: [
      { mimeType: 'text/html', content: large, apart: true },
      {
        mimeType: 'message/rfc822',
        filename: 'forwarded.eml',
        content: 'Subject: Inner\r\n\r\nforwarded words\r\n',
        apart: true,
      },
    ],
  }
}

function truthOf(messages: readonly FakeMessage[]): Truth[] {
  const threads = [...Map.groupBy(messages, ({ threadId }) => threadId)].map(([id, members]): Truth => {
    const count = members.length === 1 ? '1 message' : `${members.length} messages`
    return { entityType: 'gmail_thread', id, text: `**Messages:** ${count}\n` }
  })
  return [...threads, ...messages.flatMap(entitiesOf)]
}

function entitiesOf({ id, headers, payload }: FakeMessage): Truth[] {
  const subject = headers.find(({ name }) => name === 'Subject')?.value
  const message = { entityType: 'gmail_message', id, name: subject || undefined, text: wordsOf(bodyOf(payload)) }
  const files = (payload.parts ?? []).flatMap((part, index) =>
    part.filename === undefined
      ? []
      : [{ entityType: 'gmail_attachment', id: `${id}/${index}`, name: part.filename, text: wordsOf(part) }],
  )
  return [message, ...files]
}

function bodyOf(payload: FakePart): FakePart | undefined {
  return payload.parts ? payload.parts.find(({ filename }) => filename === undefined) : payload
}

/** The last plain words of a text; an image has none. */
function wordsOf(part: FakePart | undefined): string | undefined {
  return typeof part?.content === 'string'
    ? (/[a-z][a-z ]+(?=\W*$|<\/p>$)/i.exec(part.content)?.[0] ?? undefined)
    : undefined
}
