import { describe, expect, test } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import type { FakeGmail } from '../../support/fake-gmail-types.ts'
import { expectQuiet, expectTruth, isVisible, only, useSetups } from './gmail-setup.ts'

const start = useSetups()

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
