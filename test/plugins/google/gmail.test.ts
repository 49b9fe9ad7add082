import { afterEach, describe, expect, test } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { systemClock } from '../../../core/clock.ts'
import { createPacer } from '../../../core/pacer.ts'
import type { Config } from '../../../core/plugin.ts'
import { Secret } from '../../../core/secret.ts'
import { overrideTokens } from '../../../core/token-source.ts'
import { createTransport } from '../../../core/transport.ts'
import { gmail as gmailSource } from '../../../plugins/google/gmail.ts'
import { google } from '../../../plugins/google/index.ts'
import type { FakeGmail } from '../../support/fake-gmail.ts'
import type { Fault } from '../../support/fake-server.ts'
import { createSetup, expectQuiet, expectTruth, fillMailbox, isVisible, type Setup, withFiles } from './gmail-setup.ts'

const open: Setup[] = []
afterEach(async () => {
  for (const setup of open.splice(0)) {
    expect(setup.server.unknown).toEqual([])
    await setup.close()
  }
})

async function start(config?: Config, prepare: (gmail: FakeGmail) => void = fillMailbox): Promise<Setup> {
  const setup = await createSetup(config, prepare)
  open.push(setup)
  return setup
}

function only<Item>(items: readonly Item[]): Item {
  expect(items).toHaveLength(1)
  return items[0] as Item
}

function bySubject(gmail: FakeGmail, subject: string) {
  return only([...gmail.messages.values()].filter(({ headers }) => headers.some(({ value }) => value === subject)))
}

function gmailCursor(cursor: unknown): { historyId: string } {
  if (typeof cursor !== 'object' || cursor === null || !('historyId' in cursor)) throw new Error('there is no cursor')
  return { historyId: String(cursor.historyId) }
}

async function entity({ harness }: Setup, key: string) {
  const found = (await harness.entities()).get(key)
  if (!found) throw new Error(`${key} is not in the store`)
  return found
}

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
    const setup = await start()
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

describe('a history that was forgotten', () => {
  test('is healed by a full listing that removes what went and keeps threads right', async () => {
    const setup = await start()
    const { gmail, harness } = setup
    await harness.run()
    gmail.delete(bySubject(gmail, 'Re: Plans').id)
    gmail.delete(bySubject(gmail, 'Files').id)
    gmail.add({ subject: 'New' })
    gmail.modify(bySubject(gmail, 'Alone').id, { add: ['STARRED'] })
    gmail.expireHistory()
    await harness.run()
    await expectTruth(setup)
    expectQuiet(await harness.run())
  })

  test('does not make it read unchanged messages as changed', async () => {
    const setup = await start()
    await setup.harness.run()
    setup.gmail.expireHistory()
    expect(await setup.harness.run()).toMatchObject({ inserted: 0, updated: 0, deleted: 0, kept: 10 })
  })
})

describe('an interrupted listing', () => {
  async function interrupted(): Promise<Setup> {
    const setup = await start({}, gmail => {
      gmail.knobs.pageSize = 40
      for (let index = 0; index < 130; index++) gmail.add()
    })
    setup.gmail.knobs.messageFault = (_id, number) => (number > 110 ? { status: 418, body: {} } : undefined)
    await expect(setup.harness.run()).rejects.toMatchObject({ code: 'bad_response' })
    setup.gmail.knobs.messageFault = undefined
    return setup
  }

  test('goes on where it stood', async () => {
    const setup = await interrupted()
    const read = new Set(setup.gmail.reads.slice(0, 100))
    setup.gmail.reads.length = 0
    await setup.harness.run()
    expect(setup.gmail.reads).toHaveLength(30)
    expect(setup.gmail.reads.filter(id => read.has(id))).toEqual([])
    await expectTruth(setup)
    expectQuiet(await setup.harness.run())
  })

  test('misses nothing of what happened meanwhile, before and after where it stood', async () => {
    const setup = await interrupted()
    const ids = [...setup.gmail.messages.keys()]
    const [oldest = '', newest = ''] = [ids[0], ids.at(-1)]
    setup.gmail.delete(newest)
    setup.gmail.trash(ids.at(-2) ?? '')
    setup.gmail.delete(oldest)
    setup.gmail.add({ threadId: ids.at(-3) ?? '' })
    setup.gmail.add({ threadId: ids[3] ?? '' })
    setup.gmail.add()
    await setup.harness.run()
    await expectTruth(setup)
  })

  test('starts over when the history since its beginning is gone', async () => {
    const setup = await interrupted()
    const ids = [...setup.gmail.messages.keys()]
    setup.gmail.delete(ids.at(-1) ?? '')
    setup.gmail.add({ threadId: ids.at(-3) ?? '' })
    setup.gmail.expireHistory()
    await setup.harness.run()
    await expectTruth(setup)
  })

  test('outlives page tokens that die while ids are listed', async () => {
    const setup = await start()
    let expired = 0
    setup.server.fault = request => {
      if (request.query.has('pageToken') && expired < 1) {
        expired++
        setup.gmail.expirePageTokens()
      }
      return undefined
    }
    await setup.harness.run()
    expect(expired).toBe(1)
    await expectTruth(setup)
  })
})

describe('a fault at any one request', () => {
  const faults: [string, Fault][] = [
    ['an answer that ends the run', { status: 418, body: {} }],
    ['a server error', { status: 503, body: {} }],
    ['a dropped connection', 'drop'],
    ['an answer cut off', 'truncate'],
    ['a quota', { status: 403, body: { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }] } } }],
  ]

  test.each(faults)(
    '%s: two runs later the store holds the truth, and nothing was wrongly deleted',
    async (_name, fault) => {
      const setup = await start()
      await setup.harness.run()
      const deltas = await failEverywhere(setup, fault, () => undefined)
      const listings = await failEverywhere(setup, fault, () => setup.gmail.expireHistory())
      expect(deltas.faults).toBeGreaterThan(3)
      expect(listings.faults).toBeGreaterThan(8)
      const isFatal = typeof fault === 'object' && fault.status === 418
      expect(deltas.failures + listings.failures > 0).toBe(isFatal)
    },
    60_000,
  )

  /** Runs with the fault at the first request, at the second, and so on, until a run has no such request. */
  async function failEverywhere(
    setup: Setup,
    fault: Fault,
    prepare: () => void,
  ): Promise<{ faults: number; failures: number }> {
    const { gmail, server, harness } = setup
    let failures = 0
    for (let number = 1; ; number++) {
      changeMailbox(gmail)
      prepare()
      const before = await harness.entities()
      const begun = server.requests.length
      server.fault = (_request, count) => (count === begun + number ? fault : undefined)
      await harness.run().catch(() => failures++)
      const wasHit = server.requests.length >= begun + number
      server.fault = undefined
      const after = await harness.entities()
      const lost = [...gmail.messages.values()]
        .filter(isVisible)
        .map(({ id }) => `gmail_message:${id}`)
        .filter(key => before.has(key) && !after.has(key))
      expect(lost).toEqual([])
      await harness.run()
      await expectTruth(setup)
      if (!wasHit) return { faults: number - 1, failures }
    }
  }

  /** One message deleted and one trashed in threads of their own and of several, one added with files, one relabelled. */
  function changeMailbox(gmail: FakeGmail): void {
    const [first, second, third, fourth] = [...gmail.messages.values()].filter(isVisible)
    if (!first || !second || !third || !fourth) throw new Error('the mailbox is too small')
    gmail.delete(first.id)
    gmail.trash(second.id)
    gmail.modify(third.id, { add: ['STARRED'] })
    gmail.add({ threadId: fourth.threadId, payload: withFiles() })
    gmail.add()
  }

  test('in the first run too', async () => {
    let failures = 0
    for (let wasHit = true; wasHit; ) {
      const setup = await createSetup({}, fillMailbox)
      const number = failures + 1
      setup.server.fault = (_request, count) => (count === number ? { status: 418, body: {} } : undefined)
      await setup.harness.run().catch(() => failures++)
      wasHit = failures === number
      setup.server.fault = undefined
      await setup.harness.run()
      await expectTruth(setup)
      await setup.close()
    }
    expect(failures).toBeGreaterThan(5)
  }, 60_000)
})

describe('messages that cannot be read', () => {
  test('are skipped, keep what the store holds of them, and are read later', async () => {
    const setup = await start()
    const { gmail, harness } = setup
    await harness.run()
    const { id } = bySubject(gmail, 'Files')
    gmail.expireHistory()
    gmail.modify(id, { add: ['STARRED'] })
    gmail.expireHistory()
    gmail.knobs.messageFault = read => (read === id ? { status: 403, body: {} } : undefined)
    expect((await harness.run()).skipped).toBeGreaterThan(0)
    expect((await entity(setup, `gmail_message:${id}`)).raw).toMatchObject({ labelIds: ['INBOX', 'UNREAD'] })
    await entity(setup, `gmail_attachment:${id}/1`)
    await entity(setup, `gmail_thread:${id}`)
    gmail.knobs.messageFault = undefined
    await harness.run()
    await expectTruth(setup)
    expectQuiet(await harness.run())
  })

  test('do not hold up the others, however long the server fails at one', async () => {
    const setup = await start()
    const { gmail, harness } = setup
    const { id } = bySubject(gmail, 'Plans')
    gmail.knobs.messageFault = read => (read === id ? { status: 500, body: {} } : undefined)
    expect((await harness.run()).failed).toBe(1)
    await expectTruth(setup, message => isVisible(message) && message.id !== id)
    gmail.knobs.messageFault = undefined
    await harness.run()
    await expectTruth(setup)
  })

  test('fail the run when the server gives none at all', async () => {
    const setup = await start()
    setup.gmail.knobs.messageFault = () => ({ status: 500, body: {} })
    await expect(setup.harness.run()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('the batch route', () => {
  test('repeats only the parts that ran into the rate limit, and waits as told', async () => {
    const setup = await start()
    const { gmail, harness } = setup
    const limited = new Set([bySubject(gmail, 'Plans').id, bySubject(gmail, 'Alone').id])
    gmail.knobs.messageFault = id =>
      limited.delete(id) ? { status: 429, headers: { 'Retry-After': '7' }, body: {} } : undefined
    await harness.run()
    await expectTruth(setup)
    expect(harness.slept).toEqual([7000])
    expect(gmail.reads).toHaveLength(5 + 2)
  })

  test('knows a quota in a part with status 403', async () => {
    const setup = await start()
    const quota = { error: { code: 403, errors: [{ reason: 'rateLimitExceeded' }] } }
    setup.gmail.knobs.messageFault = (_id, number) => (number <= 4 ? { status: 403, body: quota } : undefined)
    await setup.harness.run()
    await expectTruth(setup)
    expect(setup.harness.slept).not.toEqual([])
  })

  test('takes a refused part for a refused token', async () => {
    const setup = await start()
    setup.gmail.knobs.messageFault = (_id, number) => (number === 3 ? { status: 401, body: {} } : undefined)
    await expect(setup.harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    await setup.harness.run()
    await expectTruth(setup)
  })

  test.each(['missing', 'refused', 'unimplemented', 'plain'] as const)(
    'may be %s: messages are read one by one',
    async batch => {
      const setup = await start({}, gmail => {
        gmail.knobs.batch = batch
        for (let index = 0; index < 60; index++) gmail.add()
      })
      await setup.harness.run()
      await expectTruth(setup)
      expect(setup.server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
      expect(setup.gmail.reads).toHaveLength(60)
    },
  )

  test('may lose a part or its name', async () => {
    const setup = await start()
    setup.gmail.knobs.garble = body => body.replace(/Content-ID: .*\r\n/, '').replace(/"id": "/, '"id" "')
    await setup.harness.run()
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

describe('filters', () => {
  const january = Date.UTC(2026, 0, 1)
  const dayMs = 24 * 60 * 60 * 1000

  function fill(gmail: FakeGmail): void {
    const work = gmail.makeLabel('Work')
    for (let index = 0; index < 12; index++) {
      gmail.add({
        subject: index % 2 === 0 ? 'Even' : 'Odd',
        threadId: `thread-${index % 4}`,
        labelIds: index % 3 === 0 ? ['INBOX', work] : index % 3 === 1 ? ['INBOX', 'CATEGORY_PROMOTIONS'] : ['SENT'],
        date: january + (index - 6) * dayMs * 20,
      })
    }
    gmail.add({ labelIds: ['TRASH', work] })
  }

  function labelOf(gmail: FakeGmail): string {
    return only([...gmail.labels.keys()])
  }

  const subject = (headers: { name: string; value: string }[]) => headers.find(({ name }) => name === 'Subject')?.value
  const cases: [string, Config, (message: Parameters<typeof isVisible>[0], gmail: FakeGmail) => boolean][] = [
    ['after_date', { after_date: '2026-01-01' }, message => isVisible(message) && message.date >= january],
    [
      'included_labels by name',
      { included_labels: ['work', 'Sent'] },
      (message, gmail) => isVisible(message) && (message.labelIds.has(labelOf(gmail)) || message.labelIds.has('SENT')),
    ],
    [
      'included_labels by id',
      { included_labels: ['SENT'] },
      message => isVisible(message) && message.labelIds.has('SENT'),
    ],
    ['included trash', { included_labels: ['Trash'] }, message => message.labelIds.has('TRASH')],
    [
      'excluded_labels',
      { excluded_labels: ['Promotions'] },
      message => isVisible(message) && !message.labelIds.has('CATEGORY_PROMOTIONS'),
    ],
    [
      'gmail_query',
      { gmail_query: 'subject:even OR from:bob' },
      message =>
        isVisible(message) && (subject(message.headers) === 'Even' || JSON.stringify(message.headers).includes('bob@')),
    ],
    [
      'gmail_query by label',
      { gmail_query: 'is:starred' },
      message => isVisible(message) && message.labelIds.has('STARRED'),
    ],
    [
      'all of them',
      { after_date: '2026-01-01', included_labels: ['Inbox'], excluded_labels: ['Work'], gmail_query: 'subject:odd' },
      (message, gmail) =>
        isVisible(message) &&
        message.date >= january &&
        message.labelIds.has('INBOX') &&
        !message.labelIds.has(labelOf(gmail)) &&
        subject(message.headers) === 'Odd',
    ],
  ]

  test.each(cases)('%s holds in a full listing and in a delta', async (_name, config, asked) => {
    const setup = await start(config, fill)
    const { gmail, harness } = setup
    const truth = () => expectTruth(setup, message => asked(message, gmail))
    await harness.run()
    await truth()
    expectQuiet(await harness.run())

    fill2(gmail)
    await harness.run()
    await truth()
    expectQuiet(await harness.run())

    for (const { id } of [...gmail.messages.values()].slice(0, 8)) {
      gmail.modify(id, { add: ['STARRED', 'CATEGORY_PROMOTIONS'], remove: ['INBOX', labelOf(gmail)] })
    }
    await harness.run()
    await truth()
    for (const { id } of [...gmail.messages.values()].slice(2, 6)) {
      gmail.modify(id, { remove: ['STARRED', 'CATEGORY_PROMOTIONS', 'SENT'], add: ['INBOX', labelOf(gmail)] })
    }
    await harness.run()
    await truth()
    expectQuiet(await harness.run())
  })

  function fill2(gmail: FakeGmail): void {
    for (let index = 0; index < 6; index++) {
      gmail.add({
        subject: index % 2 === 0 ? 'Even' : 'Odd',
        threadId: `thread-${index % 3}`,
        from: index === 5 ? 'Bob <bob@example.com>' : 'Ada <ada@example.com>',
        labelIds: index % 3 === 0 ? ['INBOX', labelOf(gmail)] : index % 3 === 1 ? ['INBOX'] : ['SENT', 'STARRED'],
        date: january + (index - 3) * dayMs * 30 + (index % 2 === 0 ? 1000 : 20 * 60 * 60 * 1000),
      })
    }
  }

  test('that change lead to exactly what the new ones ask for', async () => {
    const setup = await start({ included_labels: ['Work'] }, fill)
    await setup.harness.run()
    await setup.harness.configure({ excluded_labels: ['Work'] })
    await setup.harness.run()
    await expectTruth(setup, message => isVisible(message) && !message.labelIds.has(labelOf(setup.gmail)))
  })

  test('by a period let messages go as time passes', async () => {
    const setup = await start({ gmail_query: 'newer_than:30d' }, fill)
    const { gmail, harness } = setup
    const truth = () =>
      expectTruth(setup, message => isVisible(message) && message.date >= gmail.knobs.now - 30 * dayMs)
    await harness.run()
    await truth()
    gmail.knobs.now += 25 * dayMs
    gmail.add({ date: gmail.knobs.now, threadId: 'thread-2' })
    await harness.run()
    await truth()
  })

  test('by the name of a label follow the label that has the name', async () => {
    const setup = await start({ included_labels: ['Work'] }, fill)
    const { gmail, harness } = setup
    await harness.run()
    gmail.renameLabel(labelOf(gmail), 'Old work')
    const other = gmail.makeLabel('Work')
    const message = gmail.add({ labelIds: ['INBOX', other] })
    await harness.run()
    await expectTruth(setup, ({ id }) => id === message.id)
  })

  test('refuse a label that does not exist', async () => {
    const setup = await start({ excluded_labels: ['Private'] }, fill)
    await expect(setup.harness.run()).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('Private'),
    })
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
