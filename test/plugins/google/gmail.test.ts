import { describe, expect, test } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { systemClock } from '../../../core/clock.ts'
import { createPacer } from '../../../core/pacer.ts'
import { Secret } from '../../../core/secret.ts'
import { overrideTokens } from '../../../core/token-source.ts'
import { createTransport } from '../../../core/transport.ts'
import { gmail as gmailSource } from '../../../plugins/google/gmail.ts'
import { google } from '../../../plugins/google/index.ts'
import { readDocument, recall, sourceWords } from '../../support/documents/index.ts'
import type { FakeGmail } from '../../support/fake-gmail-types.ts'
import {
  bySubject,
  entity,
  expectQuiet,
  expectTruth,
  fillMailbox,
  isVisible,
  only,
  type Setup,
  useSetups,
  withFiles,
} from './gmail-setup.ts'

const start = useSetups()

describe('the first run', () => {
  test('brings in every message, thread and attachment, and nothing from trash or spam', async () => {
    const setup = await start()
    const result = await setup.harness.run()
    await expectTruth(setup)
    expect(result).toMatchObject({ inserted: 10, updated: 0, deleted: 0, skipped: 0, failed: 0 })
  })

  test('reads many messages in one request', async () => {
    const setup = await start({}, gmail => {
      gmail.knobs.pageSize = 500
      for (let index = 0; index < 120; index++) gmail.add()
    })
    const { requests } = await setup.harness.run()
    expect(setup.gmail.reads).toHaveLength(120)
    // Labels, profile, one page of ids, three batches, the history since.
    expect(requests).toBe(7)
  })

  test('makes readable entities that point to their thread and message', async () => {
    const setup = await start()
    await setup.harness.run()
    const files = bySubject(setup.gmail, 'Files')
    const message = await entity(setup, `gmail_message:${files.id}`)
    expect(message).toMatchObject({
      name: 'Files',
      author: 'Ada <ada@example.com>',
      url: `https://mail.google.com/mail/u/0/#all/${files.id}`,
      createdAt: new Date(files.date).toISOString(),
      breadcrumbs: [{ entityId: files.threadId, name: 'Files', entityType: 'gmail_thread' }],
    })
    expect(message.text).toContain('**To:** Me <me@example.com>')
    expect(message.text).toContain('**Labels:** Inbox, Unread')
    expect(message.text).toContain('See the files.')
    const table = await entity(setup, `gmail_attachment:${files.id}/1`)
    expect(table).toMatchObject({ name: 'numbers.csv', raw: { mimeType: 'text/csv' } })
    expect(table.text).toContain('apples')
    expect(table.breadcrumbs.map(({ entityType }) => entityType)).toEqual(['gmail_thread', 'gmail_message'])
  })

  test('reads documents that are attached, by what they are or are called', async () => {
    const setup = await start()
    const report = readDocument('report.docx')
    const attached = { mimeType: 'application/octet-stream', filename: 'report.docx', content: report, apart: true }
    const page = { mimeType: 'application/pdf', filename: 'paper', content: readDocument('report.pdf'), apart: true }
    const { id } = setup.gmail.add({
      subject: 'Report',
      payload: { mimeType: 'multipart/mixed', parts: [{ mimeType: 'text/plain', content: 'see' }, attached, page] },
    })
    await setup.harness.run()
    const words = sourceWords('report.fodt')
    for (const part of [1, 2]) {
      const { text } = await entity(setup, `gmail_attachment:${id}/${part}`)
      expect(recall(words, text)).toBeGreaterThanOrEqual(0.99)
    }
  })

  test('says of an attachment why it has no text', async () => {
    const setup = await start()
    const attached = { mimeType: 'text/plain', filename: 'notes.txt' }
    const { id } = setup.gmail.add({
      subject: 'Nothing',
      payload: {
        mimeType: 'multipart/mixed',
        parts: [
          { mimeType: 'text/plain', content: 'see' },
          { ...attached, content: '' },
          { ...attached, content: '', apart: true },
          { ...attached, content: ' \n ', apart: true },
          { ...attached, filename: 'notes.png', mimeType: 'image/png', content: '' },
        ],
      },
    })
    await setup.harness.run()
    const reasons = await Promise.all([1, 2, 3, 4].map(part => entity(setup, `gmail_attachment:${id}/${part}`)))
    expect(reasons.map(({ fileReason }) => fileReason)).toEqual([
      ...['the file is empty', 'the file is empty', 'no text is in the file', null],
    ])
    const asked = setup.server.requests.filter(({ path }) => path.includes(`/${id}/attachments/`))
    expect(asked).toHaveLength(1)
  })

  test('describes a thread by its messages', async () => {
    const setup = await start()
    await setup.harness.run()
    const first = bySubject(setup.gmail, 'Plans')
    const last = bySubject(setup.gmail, 'RE: Plans')
    const thread = await entity(setup, `gmail_thread:${first.threadId}`)
    expect(thread).toMatchObject({
      name: 'Plans',
      createdAt: new Date(first.date).toISOString(),
      updatedAt: new Date(last.date).toISOString(),
      raw: { messageCount: 3, participants: ['Ada <ada@example.com>', 'Me <me@example.com>', 'Bob <bob@example.com>'] },
    })
  })

  test('keeps nothing in raw that changes at each read', async () => {
    const setup = await start()
    await setup.harness.run()
    const raws = [...(await setup.harness.entities()).values()].map(({ raw }) => JSON.stringify(raw))
    expect(raws).not.toHaveLength(0)
    for (const raw of raws) expect(raw).not.toMatch(/historyId|attachmentId|ANGjdJ/)
  })

  test('brings in what arrives, changes and goes while it lists', async () => {
    const setup = await start()
    const { gmail } = setup
    const plans = bySubject(gmail, 'Plans')
    setup.server.fault = (request, number) => {
      if (request.path.startsWith('/batch') && number < 10 && !gmail.messages.has('late')) {
        gmail.add({ id: 'late', threadId: plans.threadId, subject: 'Re: Plans' })
        gmail.trash(bySubject(gmail, 'Alone').id)
        gmail.delete(plans.id)
      }
      return undefined
    }
    await setup.harness.run()
    expect(gmail.messages.has('late')).toBe(true)
    await expectTruth(setup)
  })
})

describe('the next run', () => {
  test('changes nothing and costs two requests where nothing happened', async () => {
    const setup = await start()
    await setup.harness.run()
    expectQuiet(await setup.harness.run())
    expectQuiet(await setup.harness.run())
  })

  const changes: Record<string, (gmail: FakeGmail) => void> = {
    'a new thread': gmail => gmail.add({ subject: 'New', payload: withFiles() }),
    'an answer in a thread': gmail => gmail.add({ threadId: bySubject(gmail, 'Plans').threadId, subject: 'Re: Plans' }),
    'a label put on': gmail => gmail.modify(bySubject(gmail, 'Plans').id, { add: ['STARRED'] }),
    'a message read': gmail => gmail.modify(bySubject(gmail, 'Plans').id, { remove: ['UNREAD'] }),
    'a message archived': gmail => gmail.modify(bySubject(gmail, 'Files').id, { remove: ['INBOX'] }),
    'a message trashed': gmail => gmail.trash(bySubject(gmail, 'Files').id),
    'one message of a thread trashed': gmail => gmail.trash(bySubject(gmail, 'Plans').id),
    'a message marked as spam': gmail => gmail.modify(bySubject(gmail, 'Alone').id, { add: ['SPAM'] }),
    'a message taken out of the trash': gmail => gmail.untrash(bySubject(gmail, 'Thrown away').id),
    'a message deleted': gmail => gmail.delete(bySubject(gmail, 'Re: Plans').id),
    'the last message of a thread deleted': gmail => gmail.delete(bySubject(gmail, 'Files').id),
    'a message added and deleted': gmail => gmail.delete(gmail.add().id),
    'trash that was never seen deleted': gmail => gmail.delete(bySubject(gmail, 'Thrown away').id),
    'many changes at once': gmail => {
      for (const message of [...gmail.messages.values()]) gmail.modify(message.id, { add: ['STARRED'] })
      for (const message of [...gmail.messages.values()]) gmail.modify(message.id, { remove: ['STARRED', 'UNREAD'] })
      fillMailbox(gmail)
    },
  }

  test.each(Object.entries(changes))('follows %s', async (_name, change) => {
    const setup = await start()
    await setup.harness.run()
    change(setup.gmail)
    await setup.harness.run()
    await expectTruth(setup)
    expectQuiet(await setup.harness.run())
  })

  test('goes on where it stood when it was interrupted between pages, though one history id spans them', async () => {
    const setup = await start({}, gmail => {
      gmail.knobs.pageSize = 500
      for (let index = 0; index < 510; index++) gmail.add()
    })
    const { gmail, server, harness } = setup
    await harness.run()
    gmail.add()
    const ids = [...gmail.messages.values()].filter(isVisible).map(({ id }) => id)
    gmail.modifyTogether(ids, { add: ['STARRED'] })
    let pages = 0
    server.fault = ({ path }) => (path.endsWith('/history') && ++pages === 2 ? { status: 418, body: {} } : undefined)
    const { historyId } = gmailCursor(await harness.cursor())
    await expect(harness.run()).rejects.toMatchObject({ code: 'bad_response' })
    expect(BigInt(gmailCursor(await harness.cursor()).historyId)).toBeGreaterThan(BigInt(historyId))
    await harness.run()
    await expectTruth(setup)
  })

  test('removes a thread with its last message', async () => {
    const setup = await start()
    await setup.harness.run()
    for (const subject of ['Plans', 'Re: Plans', 'RE: Plans']) setup.gmail.trash(bySubject(setup.gmail, subject).id)
    const result = await setup.harness.run()
    await expectTruth(setup)
    expect(result).toMatchObject({ inserted: 0, deleted: 4 })
  })

  test('learns the name of a label that was made while it read, in the next run', async () => {
    const setup = await start()
    await setup.harness.run()
    let made = ''
    setup.server.fault = request => {
      // Just after the labels were asked for.
      if (made === '' && !request.path.endsWith('/labels')) {
        made = setup.gmail.makeLabel('Invoices')
        setup.gmail.modify(bySubject(setup.gmail, 'Plans').id, { add: [made] })
      }
      return undefined
    }
    const key = `gmail_message:${bySubject(setup.gmail, 'Plans').id}`
    await setup.harness.run()
    await setup.harness.run()
    expect(made).not.toBe('')
    expect((await entity(setup, key)).text).toContain('Invoices')
    expectQuiet(await setup.harness.run())
  })

  test('shows the new name of a label that was renamed, and forgets one that was deleted', async () => {
    const setup = await start({}, gmail => {
      const id = gmail.makeLabel('Work')
      gmail.add({ subject: 'Marked', labelIds: ['INBOX', id] })
      gmail.add({ subject: 'Unmarked' })
    })
    const { gmail, harness } = setup
    await harness.run()
    const key = `gmail_message:${bySubject(gmail, 'Marked').id}`
    expect((await entity(setup, key)).text).toContain('**Labels:** Inbox, Work')
    const [label] = only([...gmail.labels])
    gmail.renameLabel(label, 'Job')
    expect(await harness.run()).toMatchObject({ updated: 1 })
    expect((await entity(setup, key)).text).toContain('**Labels:** Inbox, Job')
    expectQuiet(await harness.run())
    gmail.deleteLabel(label)
    await harness.run()
    expect((await entity(setup, key)).text).toContain('**Labels:** Inbox\n')
    await expectTruth(setup)
  })
})

describe('a server without', () => {
  test('a profile: changes are followed nevertheless', async () => {
    const setup = await start()
    setup.gmail.knobs.hasProfile = false
    await setup.harness.run()
    await expectTruth(setup)
    setup.gmail.trash(bySubject(setup.gmail, 'Plans').id)
    await setup.harness.run()
    await expectTruth(setup)
  })

  test('labels: the ids do', async () => {
    const setup = await start({ included_labels: ['INBOX'] })
    setup.gmail.knobs.hasLabels = false
    await setup.harness.run()
    await expectTruth(setup, message => isVisible(message) && message.labelIds.has('INBOX'))
  })

  test('history: every run lists again', async () => {
    const setup = await start()
    setup.gmail.knobs.hasHistory = false
    await setup.harness.run()
    setup.gmail.delete(bySubject(setup.gmail, 'Plans').id)
    setup.gmail.add()
    await setup.harness.run()
    await expectTruth(setup)
  })
})

describe('the account', () => {
  async function identify({ endpoints, server }: Setup) {
    const transport = createTransport()
    const api = createApi({
      plugin: google,
      endpoints,
      tokens: overrideTokens(new Secret('good-token')),
      pacer: createPacer(systemClock, {}),
      transport,
      clock: systemClock,
      random: () => 0.5,
      signal: new AbortController().signal,
    })
    try {
      return await gmailSource.identify({ api, endpoints })
    } finally {
      await transport.close()
      server.requests.length = 0
    }
  }

  test('is known by its address in lower case, with or without a profile route', async () => {
    const setup = await start()
    expect(await identify(setup)).toEqual({ id: 'me@example.com', name: 'Me@Example.com' })
    setup.gmail.knobs.hasProfile = false
    expect(await identify(setup)).toEqual({ id: 'me@example.com', name: 'Me@Example.com' })
  })
})

function gmailCursor(cursor: unknown): { historyId: string } {
  if (typeof cursor !== 'object' || cursor === null || !('historyId' in cursor)) throw new Error('there is no cursor')
  return { historyId: String(cursor.historyId) }
}
