import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bearerFault,
  dayMs,
  daysAgo,
  expectQuiet,
  expectTruth,
  file,
  openWorkspace,
  type Workspace,
} from './workspace.ts'

const random = 'C00000002'
const secret = 'C00000003'
let workspace: Workspace

beforeEach(async () => {
  workspace = await openWorkspace()
  await workspace.harness.run()
})
afterEach(() => workspace.close())

async function homeOf(id: string): Promise<string | undefined> {
  return (await workspace.harness.entities()).get(`slack_file:${id}`)?.breadcrumbs.at(-1)?.entityId
}

describe('a file', () => {
  it('stands below the oldest message that shows it, whichever is read first', async () => {
    expect(await homeOf('F00000001')).toBe(`${random}/${daysAgo(2)}`)
    workspace.fake.post('C00000001', { text: 'older', ts: daysAgo(3), files: [file('F00000001')] })
    await workspace.harness.run()
    expect(await homeOf('F00000001')).toBe(`C00000001/${daysAgo(3)}`)
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is written once, whichever message is read first and wherever the run stops', async () => {
    const { fake, harness } = workspace
    fake.post('C00000001', { text: 'new', ts: daysAgo(0, 1), files: [file('F00000003')] })
    fake.post(secret, { text: 'older', ts: daysAgo(0, 0), files: [file('F00000003')] })
    fake.server.fault = request => (request.body.includes(secret) ? bearerFault : undefined)
    await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    expect(await homeOf('F00000003')).toBeUndefined()
    fake.server.fault = undefined
    expect(await harness.run()).toMatchObject({ inserted: 2, updated: 0 })
    expect(await homeOf('F00000003')).toBe(`${secret}/${daysAgo(0, 0)}`)
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is written although nothing shows it again after the run that stopped', async () => {
    const { fake, harness } = workspace
    await harness.configure({ thread_window_days: 1 })
    await harness.run()
    fake.post('C00000001', { text: 'new', ts: daysAgo(0, 1), files: [file('F00000003')] })
    // More than the next run reads again.
    for (let index = 0; index < 30; index++) fake.post('C00000001', { text: `${index}`, ts: daysAgo(0, 2 + index) })
    fake.server.fault = request => (request.body.includes(secret) ? bearerFault : undefined)
    await expect(harness.run()).rejects.toMatchObject({ code: 'token_expired' })
    fake.server.fault = undefined
    harness.advance(5 * dayMs)
    await harness.run()
    expect(await homeOf('F00000003')).toBe(`C00000001/${daysAgo(0, 1)}`)
    await expectTruth(workspace)
  })

  it('lives as long as one message shows it', async () => {
    workspace.fake.remove(random, daysAgo(2))
    await workspace.harness.run()
    expect(await homeOf('F00000001')).toBe(`${secret}/${daysAgo(1)}`)
    await expectTruth(workspace)
    workspace.fake.remove(secret, daysAgo(1))
    await workspace.harness.run()
    expect(await homeOf('F00000001')).toBeUndefined()
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('goes when it is taken out of its message, and when it is deleted', async () => {
    workspace.fake.edit(secret, daysAgo(1), { files: [file('F00000001')] })
    await workspace.harness.run()
    expect(await homeOf('F00000002')).toBeUndefined()
    workspace.fake.removeFile('F00000001')
    await workspace.harness.run()
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('of a channel that leaves goes with it, unless another one shows it', async () => {
    const { fake, harness } = workspace
    fake.channels.splice(
      fake.channels.findIndex(({ id }) => id === random),
      1,
    )
    await harness.run()
    await expectTruth(workspace)
    expect(await homeOf('F00000001')).toBe(`${secret}/${daysAgo(1)}`)
    fake.channels.splice(
      fake.channels.findIndex(({ id }) => id === secret),
      1,
    )
    await harness.run()
    await expectTruth(workspace)
    expect(await homeOf('F00000001')).toBeUndefined()
  })

  it('is not forgotten when the run ends right after its message went', async () => {
    let failed = 0
    for (let failing = 1; ; failing++) {
      const trial = await openWorkspace({ pageSize: 12 })
      const { fake, harness } = trial
      await harness.run()
      fake.remove(secret, daysAgo(1))
      fake.reply(random, daysAgo(8), { text: 'with a file', files: [file('F00000003')], ts: daysAgo(1, 5) })
      fake.reply(random, daysAgo(9), { text: 'read right after it', ts: daysAgo(1, 6) })
      await harness.run()
      fake.remove(random, daysAgo(1, 5))
      fake.reply(random, daysAgo(8), { text: 'without', ts: daysAgo(1, 7) })
      const before = fake.server.requests.length
      fake.server.fault = (_request, number) => (number === before + failing ? bearerFault : undefined)
      const failure = await harness.run().then(
        () => undefined,
        (error: unknown) => error,
      )
      fake.server.fault = undefined
      if (failure !== undefined) {
        failed++
        await harness.run()
      }
      await expectTruth(trial)
      await trial.close()
      if (failure === undefined) break
    }
    expect(failed).toBeGreaterThan(9)
  })

  it('whose content Slack hides keeps what is known of it', async () => {
    const { fake, harness } = workspace
    fake.edit(secret, daysAgo(1), { files: [file('F00000001'), { id: 'F00000002', mode: 'hidden_by_limit' }] })
    await harness.run()
    expect((await harness.entities()).get('slack_file:F00000002')?.name).toBe('F00000002.pdf')
  })
})

describe('the text of a file', () => {
  const text = (name: string) => ({ name, title: name, mimetype: 'text/plain' })
  const heldFile = async (id: string) => (await workspace.harness.entities()).get(`slack_file:${id}`)

  it('is fetched with the token, once, whatever shows it again', async () => {
    const { fake, harness } = workspace
    const notes = { ...file('F00000005'), ...text('notes.txt'), ...fake.keep('F00000005', 'notes.txt', 'the notes') }
    fake.post(random, { text: 'look', files: [notes], ts: daysAgo(0, 1) })
    await harness.run()
    expect(await heldFile('F00000005')).toMatchObject({ text: 'the notes', fileReason: null })
    fake.post(secret, { text: 'look here', files: [notes], ts: daysAgo(0, 2) })
    await harness.run()
    // Another option: everything is listed anew.
    await harness.configure({ max_file_mb: 24 })
    await harness.run()
    expect(fake.fetches('F00000005')).toBe(1)
    // An edited snippet has another size.
    const more = { ...notes, ...fake.keep('F00000005', 'notes.txt', 'the other notes') }
    for (const [channel, ts] of [[random, daysAgo(0, 1)] as const, [secret, daysAgo(0, 2)] as const]) {
      fake.edit(channel, ts, { files: [more] })
    }
    await harness.run()
    expect(await heldFile('F00000005')).toMatchObject({ text: 'the other notes' })
    await expectQuiet(workspace)
    expect(fake.fetches('F00000005')).toBe(2)
  })

  it('is not asked for where the token may not have it: Slack’s page for signing in is no file', async () => {
    const { fake, harness } = workspace
    fake.missingScopes.add('files:read')
    for (let index = 1; index <= 9; index++) {
      const id = `F0000010${index}`
      const kept = { ...file(id), ...text('notes.txt'), ...fake.keep(id, 'notes.txt', 'the notes') }
      fake.post(random, { text: 'look', files: [kept], ts: daysAgo(0, index) })
    }
    expect(await harness.run()).toMatchObject({ failed: 0, inserted: 18 })
    expect(fake.fetches()).toBeLessThanOrEqual(7)
    expect(await heldFile('F00000101')).toMatchObject({
      ...{ name: 'notes.txt', text: '' },
      fileReason: 'Slack asks to sign in for it: the token may lack the scope files:read',
    })
    fake.missingScopes.clear()
    await harness.run()
    for (let index = 1; index <= 9; index++) expect((await heldFile(`F0000010${index}`))?.text).toBe('the notes')
  })

  it('stays as it was while it cannot be had', async () => {
    const { fake, harness } = workspace
    const notes = { ...file('F00000005'), ...text('notes.txt'), ...fake.keep('F00000005', 'notes.txt', 'the notes') }
    fake.post(random, { text: 'look', files: [notes], ts: daysAgo(0, 1) })
    await harness.run()
    fake.edit(random, daysAgo(0, 1), { files: [{ ...notes, ...fake.keep('F00000005', 'notes.txt', 'newer notes') }] })
    fake.server.fault = ({ path }) => (path.startsWith('/files-pri/') ? { status: 403, body: 'no' } : undefined)
    expect(await harness.run()).toMatchObject({ skipped: 1 })
    expect(await heldFile('F00000005')).toMatchObject({ text: 'the notes' })
    fake.server.fault = undefined
    await harness.run()
    expect(await heldFile('F00000005')).toMatchObject({ text: 'newer notes' })
  })

  it('of canvases is HTML; others keep what is elsewhere, and a mail says itself what it says', async () => {
    const { fake, harness } = workspace
    const canvas = { mimetype: 'application/vnd.slack-docs', mode: 'quip', name: 'Plan', title: 'Plan' }
    const elsewhere = { ...text('sheet.txt'), is_external: true, external_type: 'gdrive', mode: 'external' }
    const mail = { name: 'Hello', title: 'Hello', mimetype: 'text/html', mode: 'email', preview: 'hello Ann' }
    const files = [
      { ...file('F00000005'), ...canvas, ...fake.keep('F00000005', 'canvas', '<h1>Plan</h1><p>be kind') },
      { ...file('F00000006'), ...elsewhere, url_private: 'https://drive.example/1' },
      { ...file('F00000007'), ...mail, ...fake.keep('F00000007', 'mail', '<p>hello Ann') },
    ]
    fake.post(random, { text: 'look', files, ts: daysAgo(0, 1) })
    await harness.run()
    expect((await heldFile('F00000005'))?.text).toBe('# Plan\n\nbe kind')
    expect((await heldFile('F00000006'))?.text).toBe('')
    expect((await heldFile('F00000007'))?.text).toBe('hello Ann')
    expect(fake.fetches()).toBe(1)
  })

  it('is not Slack’s page for signing in, also where the file is a page itself', async () => {
    const { fake, harness } = workspace
    fake.missingScopes.add('files:read')
    const page = { mimetype: 'text/html', name: 'page.html', title: 'page.html' }
    const kept = { ...file('F00000005'), ...page, ...fake.keep('F00000005', 'page.html', '<p>be kind') }
    fake.post(random, { text: 'look', files: [kept], ts: daysAgo(0, 1) })
    await harness.run()
    expect(await heldFile('F00000005')).toMatchObject({ text: '', fileReason: expect.stringContaining('files:read') })
    fake.missingScopes.clear()
    await harness.run()
    expect(await heldFile('F00000005')).toMatchObject({ text: 'be kind', fileReason: null })
  })

  it.each([
    { what: 'is not found', answer: { status: 404, body: 'no' } },
    { what: 'may not be had', answer: { status: 401, body: 'no' } },
    { what: 'is refused', answer: { status: 451, body: 'no' } },
    { what: 'is a fault of the host', answer: { status: 500, body: 'no' } },
    { what: 'breaks off', answer: 'truncate' as const },
    { what: 'is a page', answer: { body: '<p>sign in', headers: { 'content-type': 'text/html' } } },
  ])('that $what costs nothing but itself', async ({ answer }) => {
    const { fake, harness } = workspace
    const files = [5, 6, 7, 8].map(number => {
      const id = `F0000000${number}`
      return { id, ...file(id), ...text('notes.txt'), ...fake.keep(id, 'notes.txt', `notes ${number}`) }
    })
    fake.post(random, { text: 'look', files, ts: daysAgo(0, 1) })
    fake.server.fault = ({ path }) => (path.startsWith('/files-pri/F00000005') ? answer : undefined)
    for (let run = 0; run < 2; run++) {
      expect(await harness.run()).toMatchObject({ deleted: 0 })
      expect((await heldFile('F00000005'))?.fileReason).toMatch(/^Slack (did not give its bytes|asks to sign in)/)
    }
    // A host in trouble is left alone for the rest of a run.
    if (answer !== 'truncate' && answer.status !== 500) {
      for (const id of ['F00000006', 'F00000007', 'F00000008']) expect((await heldFile(id))?.text).toMatch(/^notes \d/)
    }
    const asked = fake.fetches('F00000005')
    await harness.run()
    const more = fake.fetches('F00000005') - asked
    // Signing in may be mended at any time; the rest is tried again the day after.
    expect(more).toBeLessThanOrEqual(typeof answer === 'object' && !answer.status ? 1 : 0)
    fake.server.fault = undefined
    harness.advance(dayMs)
    await harness.run()
    for (const { id } of files) expect((await heldFile(id))?.text).toMatch(/^notes \d/)
  })
})
