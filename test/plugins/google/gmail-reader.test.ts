import { describe, expect, test } from 'vitest'
import { bySubject, entity, expectQuiet, expectTruth, isVisible, useSetups } from './gmail-setup.ts'

const start = useSetups()

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

  test('has to say twice of a message that it is missing', async () => {
    const setup = await start()
    const missing = { status: 404, body: { error: { code: 404, errors: [{ reason: 'notFound' }] } } }
    setup.gmail.knobs.messageFault = (_id, number) => (number === 2 ? missing : undefined)
    expect(await setup.harness.run()).toMatchObject({ skipped: 0 })
    await expectTruth(setup)
    expect(setup.gmail.reads).toHaveLength(5 + 1)
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
