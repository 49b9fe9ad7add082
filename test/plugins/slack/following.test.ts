import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { times } from '../../support/suite-depth.ts'
import {
  bearerFault,
  dayMs,
  daysAgo,
  expectQuiet,
  expectTruth,
  formOf,
  openWorkspace,
  type Workspace,
} from './workspace.ts'

const general = 'C00000001'
let workspace: Workspace

beforeEach(async () => {
  workspace = await openWorkspace()
  await workspace.harness.run()
})
afterEach(() => workspace.close())

async function follow(expected: { inserted?: number; updated?: number; deleted?: number }): Promise<void> {
  const result = await workspace.harness.run()
  expect({ inserted: result.inserted, updated: result.updated, deleted: result.deleted }).toEqual({
    ...{ inserted: 0, updated: 0, deleted: 0 },
    ...expected,
  })
  await expectTruth(workspace)
  await expectQuiet(workspace)
}

describe('the next run finds', () => {
  it('a new message', async () => {
    workspace.fake.post(general, 'hello')
    await follow({ inserted: 1 })
  })

  it('an edited message', async () => {
    workspace.fake.edit(general, daysAgo(9), 'edited')
    await follow({ updated: 1 })
    const entity = (await workspace.harness.entities()).get(`slack_message:${general}/${daysAgo(9)}`)
    expect(entity?.updatedAt).not.toBe(entity?.createdAt)
  })

  it('an edited first message, in the breadcrumbs of its replies too', async () => {
    workspace.fake.edit(general, daysAgo(8), 'edited')
    await follow({ updated: 5 })
  })

  it('a deleted message', async () => {
    workspace.fake.remove(general, daysAgo(9))
    await follow({ deleted: 1 })
  })

  it('the newest and the oldest message gone', async () => {
    const { fake } = workspace
    const list = fake.messages.get('C00000002') ?? []
    const [newest, oldest] = [list.at(-1)?.ts ?? '', list[0]?.ts ?? '']
    fake.remove('C00000002', newest)
    fake.remove('C00000002', oldest)
    // The newest one's file lives on in another message, where it is shown from now on.
    await follow({ deleted: 2, updated: 1 })
  })

  it('a first and a further reply', async () => {
    workspace.fake.reply(general, daysAgo(9), { text: 'first', ts: daysAgo(1) })
    workspace.fake.reply(general, daysAgo(8), { text: 'further', ts: daysAgo(1, 1) })
    await follow({ inserted: 2, updated: 2 })
  })

  it('an edited reply, which shows on no first message', async () => {
    workspace.fake.edit(general, daysAgo(8, 60), 'edited reply')
    await follow({ updated: 1 })
  })

  it('a deleted reply, and the last one of a thread', async () => {
    workspace.fake.remove(general, daysAgo(8, 120))
    await follow({ deleted: 1, updated: 1 })
    for (const index of [1, 3, 4]) workspace.fake.remove(general, daysAgo(8, index * 60))
    await follow({ deleted: 3, updated: 1 })
  })

  it('a deleted first message whose replies live on, and then their end', async () => {
    workspace.fake.remove(general, daysAgo(8))
    await follow({ deleted: 1, updated: 4 })
    for (const index of [1, 2, 3, 4]) workspace.fake.remove(general, daysAgo(8, index * 60))
    await follow({ deleted: 4 })
  })

  it('a reply that was also sent to the channel, edited and deleted', async () => {
    workspace.fake.edit(general, daysAgo(4, 60), 'broadcast edited')
    await follow({ updated: 1 })
    workspace.fake.remove(general, daysAgo(4, 60))
    await follow({ deleted: 1, updated: 1 })
  })

  it('somebody answering a note of joining', async () => {
    const reply = workspace.fake.reply(general, daysAgo(3, 30), 'welcome')
    await follow({ inserted: 2 })
    workspace.fake.remove(general, reply)
    await follow({ deleted: 2 })
  })

  it('new, renamed and deactivated people, in their messages too', async () => {
    const { fake } = workspace
    fake.addUser({ id: 'U00000005', name: 'eve' })
    fake.post(general, { text: 'ping <@U00000003>', ts: daysAgo(20), user: 'U00000002' })
    await workspace.harness.run()
    const ben = fake.users.find(({ id }) => id === 'U00000003')
    const ann = fake.users.find(({ id }) => id === 'U00000002')
    if (ben) ben.profile = { display_name: 'Benjamin' }
    if (ann) ann.deleted = true
    await workspace.harness.run()
    const entities = await workspace.harness.entities()
    expect(entities.get('slack_user:U00000003')?.name).toBe('Benjamin')
    expect(entities.has('slack_user:U00000002')).toBe(false)
    expect(entities.get(`slack_message:${general}/${daysAgo(20)}`)).toMatchObject({
      text: 'ping @Benjamin',
      author: 'Ann',
    })
    const names = [...entities.values()].map(({ author }) => author)
    expect(names).toContain('Benjamin')
    expect(names).not.toContain('Ben')
    await expectQuiet(workspace)
  })

  it('a new, a renamed and a vanished channel', async () => {
    const { fake, harness } = workspace
    fake.addChannel({ id: 'C00000009', name: 'new' })
    fake.post('C00000009', 'first')
    const channel = fake.channels.find(({ id }) => id === general)
    if (channel) channel.name = 'lobby'
    fake.channels.splice(
      fake.channels.findIndex(({ id }) => id === 'C00000003'),
      1,
    )
    await harness.run()
    await expectTruth(workspace)
    for (const [key, { breadcrumbs }] of await harness.entities()) {
      if (key.startsWith(`slack_message:${general}/`)) expect(breadcrumbs[0]?.name).toBe('lobby')
    }
    await expectQuiet(workspace)
  })
})

describe('what is older than the window', () => {
  const old = (index: number) => daysAgo(200 - index)
  /** So much time passes between two runs for each to read as much of it as a run may. */
  const pauseMs = 15 * 60 * 1000
  const goAround = async () => {
    for (let runs = 0; runs < 10; runs++) {
      workspace.harness.advance(pauseMs)
      await workspace.harness.run()
    }
  }

  beforeEach(async () => {
    const { fake, harness } = workspace
    for (let index = 0; index < 60; index++) fake.post('C00000002', { text: `old ${index}`, ts: old(index) })
    fake.reply('C00000002', old(5), { text: 'old reply', ts: old(6).replace('.0', '.5') })
    await harness.configure({ thread_window_days: 14 })
    await harness.run()
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is found out a few pages a run, edits, deletions and replies alike', async () => {
    const { fake, harness } = workspace
    fake.edit('C00000002', old(20), 'edited long after')
    fake.remove('C00000002', old(40))
    fake.reply('C00000002', old(1), { text: 'late first reply', ts: daysAgo(0, 10) })
    fake.reply('C00000002', old(5), { text: 'late further reply', ts: daysAgo(0, 11) })
    let runs = 0
    do {
      runs++
      harness.advance(pauseMs)
      const { requests } = await harness.run()
      expect(requests).toBeLessThan(60)
    } while (runs < 10)
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })

  it('is shared by runs that follow each other closely', async () => {
    const { harness } = workspace
    const requestsAfter = async (ms: number) => {
      harness.advance(ms)
      return (await harness.run()).requests
    }
    const least = await requestsAfter(0)
    expect(await requestsAfter(pauseMs)).toBe(least + 5)
    expect(await requestsAfter(pauseMs / 5)).toBe(least + 1)
    expect(await requestsAfter(pauseMs / 10)).toBe(least)
    expect(await requestsAfter(pauseMs / 10)).toBe(least + 1)
    expect(await requestsAfter(2 * pauseMs)).toBe(least + 5)
  })

  it('shows a new name at once, whichever request the run before failed at', async () => {
    const { fake, harness } = workspace
    // Too far apart to be read again in one run.
    const mentions = [1, 21, 41, 58].map(index =>
      fake.post('C00000002', { text: 'ping <@U00000001>', ts: old(index).replace('.0', '.9') }),
    )
    await goAround()
    let failed = 0
    let tried = 0
    for (let failing = 1; failing <= 8; failing += times(3, 1)) {
      tried++
      const mia = fake.users.find(({ id }) => id === 'U00000001')
      if (mia) mia.profile = { display_name: `Mia ${failing}` }
      const before = fake.server.requests.length
      fake.server.fault = (_request, number) => (number === before + failing ? bearerFault : undefined)
      const failure: unknown = await harness.run().catch(error => error)
      if (failure instanceof Error) failed++
      fake.server.fault = undefined
      await harness.run()
      const entities = await harness.entities()
      const texts = mentions.map(ts => entities.get(`slack_message:C00000002/${ts}`)?.text)
      expect(texts).toEqual(mentions.map(() => `ping @Mia ${failing}`))
    }
    expect(tried).toBeGreaterThan(2)
    expect(failed).toBe(tried)
  })

  it('forgets a thread whose first message went long before its last reply', async () => {
    const { fake } = workspace
    const goAroundWhole = async () => {
      await goAround()
      await expectTruth(workspace)
    }
    const reply = old(40).replace('.0', '.5')
    fake.reply('C00000002', old(10), { text: 'far from its thread', ts: reply })
    await goAroundWhole()
    fake.remove('C00000002', old(10))
    await goAroundWhole()
    fake.remove('C00000002', reply)
    await goAroundWhole()
  })

  it('is found at once where a thread has become active', async () => {
    const { fake, harness } = workspace
    fake.reply('C00000002', old(30), { text: 'to everybody', subtype: 'thread_broadcast', ts: daysAgo(0, 5) })
    await harness.run()
    await expectTruth(workspace)
    // From now on the reply in the window tells that its thread is to be read.
    fake.reply('C00000002', old(30), { text: 'and on', ts: daysAgo(0, 20) })
    fake.edit('C00000002', daysAgo(0, 5), 'to everybody, edited')
    await harness.run()
    await expectTruth(workspace)
    fake.remove('C00000002', old(30))
    await harness.run()
    await expectTruth(workspace)
  })

  it('is not forgotten when the run ends while its thread is read', async () => {
    const { fake, harness } = workspace
    let failed = 0
    const turns = times(1, 3)
    for (let turn = 0; turn < turns; turn++) {
      fake.reply('C00000002', old(2 + turn), { text: `late ${turn}`, ts: old(4 + turn).replace('.0', '.7') })
      // Found by the audit alone: no message of it is in the window.
      fake.server.fault = request => (formOf(request).get('ts') === old(2 + turn) ? bearerFault : undefined)
      for (let runs = 0; runs < 10; runs++) {
        harness.advance(pauseMs)
        const failure: unknown = await harness.run().catch(error => error)
        if (failure instanceof Error) failed++
      }
      fake.server.fault = undefined
      await goAround()
      await expectTruth(workspace)
    }
    expect(failed).toBeGreaterThanOrEqual(turns)
  })

  it('does not stay open when nobody looked for long', async () => {
    const { fake, harness } = workspace
    harness.advance(90 * dayMs)
    for (let day = 1; day <= 30; day++) fake.post('C00000002', { text: `meanwhile ${day}`, ts: daysAgo(-day) })
    fake.edit('C00000002', daysAgo(3), 'edited before')
    await harness.run()
    await expectTruth(workspace)
  })
})

describe('a run of nothing new', () => {
  it('asks for the address of the workspace once a day', async () => {
    const { fake, harness } = workspace
    const asked = fake.calls('auth.test')
    harness.advance(dayMs - 1000)
    await harness.run()
    expect(fake.calls('auth.test') - asked).toBe(0)
    fake.team.url = 'https://renamed.slack.com/'
    harness.advance(1000)
    await harness.run()
    expect(fake.calls('auth.test') - asked).toBe(1)
    await expectTruth(workspace)
  })

  it('asks a handful of times', async () => {
    const quiet = await openWorkspace({ pageSize: 500 })
    await quiet.harness.run()
    const { requests } = await expectQuiet(quiet)
    // People, channels, a history for each of three channels, two threads, and the archive by the way.
    expect(requests).toBe(8)
    await quiet.close()
  })
})

describe('a run', () => {
  it('repeats what passes: dropped and cut answers, errors of the server, too many requests', async () => {
    const faults = [
      'drop',
      'truncate',
      { status: 503, body: 'busy' },
      { body: { ok: false, error: 'internal_error' } },
      { body: { ok: false, error: 'ratelimited' } },
      { status: 429, headers: { 'retry-after': '30' }, body: { ok: false, error: 'ratelimited' } },
    ] as const
    const { fake, harness } = workspace
    fake.edit(general, daysAgo(8, 60), 'edited reply')
    fake.post(general, 'new')
    let used = 0
    const before = fake.server.requests.length
    fake.server.fault = (_request, number) => ((number - before) % 3 === 1 ? faults[used++ % faults.length] : undefined)
    await harness.run()
    fake.server.fault = undefined
    expect(used).toBeGreaterThan(faults.length)
    await expectTruth(workspace)
    await expectQuiet(workspace)
  })
})

describe('of a channel with a long history, a run asks for', () => {
  const lively = 'C00000005'
  const hourMs = 60 * 60 * 1000
  let before = 0

  beforeEach(async () => {
    await workspace.close()
    workspace = await openWorkspace({
      pageSize: 999,
      seed(fake) {
        fake.addUser({ id: 'U00000001', name: 'me', profile: { display_name: 'Mia' } })
        fake.addChannel({ id: general, name: 'general' })
        fake.addChannel({ id: lively, name: 'lively' })
        // So many that their older history is not read again in every run.
        const others = [11, 12, 13, 14].map(number => `C000000${number}`)
        for (const id of others) fake.addChannel({ id, name: id.toLowerCase() })
        for (let index = 0; index < 300; index++) {
          for (const id of [general, ...others]) fake.post(id, { text: `old ${index}`, ts: daysAgo(200, index) })
          fake.post(lively, { text: `new ${index}`, ts: daysAgo(index < 180 ? 200 : 3, index) })
        }
        fake.addChannel({ id: 'C00000006', name: 'small' })
        for (let index = 0; index < 150; index++) fake.post('C00000006', { text: `${index}`, ts: daysAgo(200, index) })
      },
    })
    await workspace.harness.run()
    await expectTruth(workspace)
    before = workspace.fake.server.requests.length
  })

  /** How many messages each request since the last look asked for, by channel. The fake's first page is empty. */
  function limits(): Record<string, number[]> {
    const requests = workspace.fake.server.requests.slice(before)
    before += requests.length
    const forms = requests.filter(({ path }) => path.includes('conversations.history')).map(formOf)
    const found: Record<string, number[]> = {}
    for (const form of forms) {
      const channel = String(form.get('channel'))
      found[channel] = [...(found[channel] ?? []), Number(form.get('limit'))]
    }
    return found
  }

  it('what may have come, and what is in the window', async () => {
    await expectQuiet(workspace)
    expect(limits()).toMatchObject({ [general]: [50, 50], [lively]: [170, 170] })
  })

  it('the whole where that is one page, of the days that are asked for', async () => {
    await expectQuiet(workspace)
    expect(limits()).toMatchObject({ C00000006: [200] })
    await workspace.harness.configure({ history_days: 10 })
    await workspace.harness.run()
    limits()
    await expectQuiet(workspace)
    expect(limits()).toMatchObject({ [lively]: [200, 200] })
  })

  it('200 once an hour, and finds a channel that has become small', async () => {
    const { fake, harness } = workspace
    const firstOf = (channel: string, found: Record<string, number[]>) => found[channel]?.slice(0, 2)
    const list = fake.messages.get(lively) ?? []
    for (const { ts } of list.slice(0, 100)) fake.remove(lively, ts)
    harness.advance(hourMs - 1)
    await harness.run()
    const sparing = limits()
    expect([firstOf(general, sparing), firstOf(lively, sparing)]).toEqual([
      [50, 50],
      [170, 170],
    ])
    harness.advance(1)
    await harness.run()
    await expectTruth(workspace)
    expect(firstOf(general, limits())).toEqual([200, 200])
    await expectQuiet(workspace)
    const after = limits()
    expect([firstOf(general, after), after[lively]?.[0]]).toEqual([[50, 50], 200])
  })

  it('more as soon as more has come, and no more once that is old', async () => {
    const { fake, harness } = workspace
    for (let index = 0; index < 120; index++) fake.post(general, { text: `more ${index}`, ts: daysAgo(1, index) })
    await harness.run()
    expect(limits()[general]).toEqual([50, 50, 200, 200])
    await expectTruth(workspace)
    await expectQuiet(workspace)
    expect(limits()[general]).toEqual([170, 170])
    fake.edit(general, daysAgo(1, 3), 'edited')
    expect(await harness.run()).toMatchObject({ updated: 1 })
    harness.advance(30 * dayMs)
    await harness.run()
    await expectTruth(workspace)
    limits()
    await expectQuiet(workspace)
    expect(limits()[general]).toEqual([50, 50])
  })
})
