import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInlet, type Inlet, type InletOptions, type SignInOutcome } from '../../../core/index.ts'
import { type FakeAuthorizationServer, startFakeAuthorizationServer } from '../../support/fake-authorization-server.ts'
import { fakeClock } from '../../support/fake-clock.ts'

let dataDir: string
let provider: FakeAuthorizationServer
let inlet: Inlet
let clock: ReturnType<typeof fakeClock>

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  provider = await startFakeAuthorizationServer()
  clock = fakeClock()
  inlet = await open()
})

afterEach(async () => {
  await inlet.close()
  await provider.close()
  await rm(dataDir, { recursive: true, force: true })
})

function open(options: Partial<InletOptions> = {}): Promise<Inlet> {
  const { plugin, client } = provider
  return createInlet({ dataDir, plugins: [plugin], environment: {}, clock, providers: { fake: client }, ...options })
}

const begin = (members: Partial<Parameters<Inlet['signIns']['begin']>[0]> = {}) =>
  inlet.signIns.begin({ shortName: 'fake_notes', redirectUri: provider.redirectUri, ...members })

type SignInConnection = Parameters<Inlet['signIns']['begin']>[0]['connection']

/** Begins, lets a person allow it, and finishes. */
async function signIn(person: string, members: Partial<Parameters<Inlet['signIns']['begin']>[0]> = {}) {
  const { url } = await begin(members)
  return inlet.signIns.finish({ ...provider.allow(url, person), binding: members.binding })
}

function connected(outcome: SignInOutcome) {
  if (outcome.result !== 'connected') throw new Error(`it is ${outcome.result}`)
  return outcome
}

/** Signs somebody else in to a connection. */
async function askedAbout(person: string, connectionId: string, connection?: SignInConnection) {
  const outcome = await signIn(person, { connectionId, connection })
  if (outcome.result !== 'other_account') throw new Error('nobody was asked')
  return outcome
}

const problem = (name: string) => expect.objectContaining({ problem: name })

async function settled(id: string, jobId: string | undefined): Promise<string> {
  let status = ''
  for await (const { job } of inlet.jobs.follow(id, jobId ?? '', AbortSignal.timeout(20_000))) status = job.status
  return status
}

describe('a sign-in', () => {
  it('makes a connection, knows whose it is, and runs it', async () => {
    const { connection, isNew } = connected(await signIn('ann', { connection: { name: 'My notes' } }))
    expect(isNew).toBe(true)
    expect(connection).toMatchObject({ name: 'My notes', authFieldNames: [], account: { id: 'ann' } })
    expect(await settled(connection.id, connection.lastJob?.id)).toBe('completed')
    expect(await inlet.connections.get(connection.id)).toMatchObject({ status: 'active', totalRuns: 1 })
    expect(connection.expiresAt).toBe(new Date(clock.now() + 3_600_000).toISOString())
  })

  it('finishes a connection that waits for it, with the client that was given with it', async () => {
    await inlet.close()
    inlet = await open({ providers: {} })
    const waiting = await inlet.connections.create({ shortName: 'fake_notes', client: provider.client })
    expect(waiting.status).toBe('pending_auth')
    const start = await inlet.signIns.link(waiting.id, provider.redirectUri)
    expect(await inlet.signIns.link(waiting.id, provider.redirectUri)).toEqual(start)
    const { connection, isNew } = connected(await inlet.signIns.finish(provider.allow(start?.url ?? '', 'ann')))
    expect([connection.id, isNew]).toEqual([waiting.id, false])
    expect(await settled(connection.id, connection.lastJob?.id)).toBe('completed')
    expect(await readdir(join(dataDir, 'vault'))).toEqual([`${waiting.id}.json`])
  })

  it('keeps id, data and cursor of a connection that is signed in again', async () => {
    const { connection } = connected(await signIn('ann'))
    await settled(connection.id, connection.lastJob?.id)
    const again = connected(await signIn('ann', { connectionId: connection.id }))
    expect(again).toMatchObject({ isNew: false, connection: { id: connection.id, generation: 1, cursor: 1 } })
    expect(await settled(connection.id, again.connection.lastJob?.id)).toBe('completed')
    const { entityCounts, totalRuns } = await inlet.connections.get(connection.id)
    expect({ entityCounts, totalRuns }).toMatchObject({ entityCounts: [{ count: 1 }], totalRuns: 2 })
  })

  it.each(['discard', 'separate'] as const)('with another account is asked about, and %s does that', async choice => {
    const { connection } = connected(await signIn('ann'))
    await settled(connection.id, connection.lastJob?.id)
    const before = await readFile(join(dataDir, 'vault', `${connection.id}.json`), 'utf8')
    const asked = await askedAbout('bob', connection.id)
    expect([asked.expected.id, asked.actual.id]).toEqual(['ann', 'bob'])
    const outcome = await inlet.signIns.decide({ decision: asked.decision, choice })
    expect(await readFile(join(dataDir, 'vault', `${connection.id}.json`), 'utf8')).toBe(before)
    expect((await inlet.connections.get(connection.id)).account?.id).toBe('ann')
    const all = await inlet.connections.list({ skip: 0, limit: 10 })
    if (choice === 'discard') expect([outcome.result, all.length]).toEqual(['discarded', 1])
    else expect(connected(outcome)).toMatchObject({ isNew: true, connection: { account: { id: 'bob' } } })
    await expect(inlet.signIns.decide({ decision: asked.decision, choice })).rejects.toEqual(problem('sign-in-over'))
  })

  it('needs a client', async () => {
    await inlet.close()
    inlet = await open({ providers: {} })
    await expect(begin()).rejects.toEqual(problem('client-missing'))
    const waiting = await inlet.connections.create({ shortName: 'fake_notes' })
    expect(await inlet.signIns.link(waiting.id, provider.redirectUri)).toBeUndefined()
  })

  it('uses nothing up while the vault is locked', async () => {
    const { url } = await begin()
    const back = provider.allow(url, 'ann')
    await inlet.vault.lock()
    await expect(inlet.signIns.finish(back)).rejects.toEqual(expect.objectContaining({ code: 'vault_locked' }))
    await inlet.vault.unlock()
    expect(connected(await inlet.signIns.finish(back)).isNew).toBe(true)
  })

  it('answers the question about another account once the vault is open again', async () => {
    const { connection } = connected(await signIn('ann'))
    const { decision } = await askedAbout('bob', connection.id)
    await inlet.vault.lock()
    const separate = () => inlet.signIns.decide({ decision, choice: 'separate' })
    await expect(separate()).rejects.toEqual(expect.objectContaining({ code: 'vault_locked' }))
    await inlet.vault.unlock()
    expect(connected(await separate())).toMatchObject({ isNew: true, connection: { account: { id: 'bob' } } })
  })

  it('drops what another account brought while the vault is locked', async () => {
    const { connection } = connected(await signIn('ann'))
    const { decision } = await askedAbout('bob', connection.id)
    await inlet.vault.lock()
    expect((await inlet.signIns.decide({ decision, choice: 'discard' })).result).toBe('discarded')
  })

  it('keeps what was said of the connection at the beginning, unless the end says otherwise', async () => {
    const said = { name: 'My notes', cronSchedule: '0 3 * * *', syncImmediately: false }
    const finish = async (connection: Partial<typeof said> | { [K in keyof typeof said]?: undefined }) => {
      const { url } = await begin({ connection: said })
      return connected(await inlet.signIns.finish({ ...provider.allow(url, 'ann'), connection })).connection
    }
    const nothing = { name: undefined, cronSchedule: undefined, syncImmediately: undefined }
    expect(await finish(nothing)).toMatchObject({ name: 'My notes', cronSchedule: '0 3 * * *', lastJob: null })
    expect(await finish({ name: 'Her notes' })).toMatchObject({ name: 'Her notes', cronSchedule: '0 3 * * *' })
  })

  it('makes a separate connection like the one it was begun for, where nothing else was said', async () => {
    const { connection } = connected(await signIn('ann', { connection: { cronSchedule: '0 3 * * *' } }))
    const nothing = { collection: undefined, cronSchedule: undefined, config: undefined }
    const { decision } = await askedAbout('bob', connection.id, nothing)
    const { connection: made } = connected(await inlet.signIns.decide({ decision, choice: 'separate' }))
    expect(made).toMatchObject({ collection: connection.collection, cronSchedule: '0 3 * * *' })
  })
})

describe('the address for a connection that waits', () => {
  const minutes = (count: number) => count * 60_000

  it('stays the same for the first half of its life, so that one given to a person works', async () => {
    const { id } = await inlet.connections.create({ shortName: 'fake_notes' })
    const link = () => inlet.signIns.link(id, provider.redirectUri)
    const first = await link()
    await clock.advance(minutes(10))
    expect(await link()).toEqual(first)
    await clock.advance(1)
    expect((await link())?.state).not.toBe(first?.state)
    // The older one is worth as much until its end.
    await clock.advance(minutes(10) - 2)
    expect(connected(await inlet.signIns.finish(provider.allow(first?.url ?? '', 'ann'))).connection.id).toBe(id)
  })

  it('is the one that a code without a state belongs to, until its very end', async () => {
    const { state } = await begin()
    await clock.advance(minutes(20) - 1)
    expect(inlet.signIns.onlyState('fake_notes')).toBe(state)
    await clock.advance(1)
    expect(inlet.signIns.onlyState('fake_notes')).toBeUndefined()
  })

  it('is not guessed where two wait, nor where one browser alone may finish', async () => {
    await begin({ binding: 'browser' })
    expect(inlet.signIns.onlyState('fake_notes')).toBeUndefined()
    const { state } = await begin()
    expect(inlet.signIns.onlyState('fake_notes')).toBe(state)
    await clock.advance(minutes(19))
    await begin()
    expect(inlet.signIns.onlyState('fake_notes')).toBeUndefined()
  })
})

describe('fields besides the client', () => {
  const tenant = { name: 'tenant', title: 'Tenant', description: '', type: 'string', default: 'common' } as const
  const fields = { tenant: 'contoso' }
  /** Whose page an address leads to, and as which client. */
  const placeOf = (url: string | undefined) => {
    const { pathname, searchParams } = new URL(url ?? '')
    return `${searchParams.get('client_id')} at ${pathname.split('/')[1]}`
  }
  const endpoints = () => ({ authorize: `${provider.server.url}/{tenant}/authorize` })

  beforeEach(async () => {
    await inlet.close()
    await provider.close()
    provider = await startFakeAuthorizationServer({ fields: [tenant] })
    inlet = await open({ providers: { fake: { ...provider.client, endpoints: endpoints() } } })
  })

  it('go with the configured client', async () => {
    expect(placeOf((await begin()).url)).toBe('the-client at common')
    expect(placeOf((await begin({ fields })).url)).toBe('the-client at contoso')
    const waiting = await inlet.connections.create({ shortName: 'fake_notes', client: { fields } })
    const link = await inlet.signIns.link(waiting.id, provider.redirectUri)
    expect(placeOf(link?.url)).toBe('the-client at contoso')
  })

  it('go with the client of the connection that is signed in, in place of its own', async () => {
    const own = { clientId: 'another-client', clientSecret: 'another-secret', fields: { tenant: 'fabrikam' } }
    const { id } = await inlet.connections.create({ shortName: 'fake_notes', client: own })
    expect(placeOf((await begin({ connectionId: id })).url)).toBe('another-client at fabrikam')
    expect(placeOf((await begin({ connectionId: id, fields })).url)).toBe('another-client at contoso')
  })

  it('go with the client of its white label', async () => {
    const { id: whiteLabelId } = await inlet.whiteLabels.create({
      ...{ name: 'Product', shortName: 'fake_notes', redirectUrl: 'https://product.example', allowedOrigins: [] },
      ...{ clientId: 'product', clientSecret: 'secret-of-the-product' },
    })
    const { id } = await inlet.connections.create({ shortName: 'fake_notes', whiteLabelId })
    expect(placeOf((await begin({ connectionId: id, fields })).url)).toBe('product at contoso')
  })

  it('are no client: without one, one is asked for', async () => {
    await inlet.close()
    inlet = await open({ providers: {} })
    await expect(begin({ fields })).rejects.toEqual(problem('client-missing'))
  })
})

describe('a state', () => {
  it('works once', async () => {
    const { url } = await begin()
    const back = provider.allow(url, 'ann')
    await inlet.signIns.finish(back)
    await expect(inlet.signIns.finish(back)).rejects.toEqual(problem('sign-in-over'))
  })

  it('that is forged is unknown', async () => {
    await begin()
    await expect(inlet.signIns.finish({ state: 'x'.repeat(43), code: 'c' })).rejects.toEqual(problem('unknown-state'))
  })

  it('ends after twenty minutes, whatever the wall clock says', async () => {
    const { url } = await begin()
    const back = provider.allow(url, 'ann')
    await clock.advance(20 * 60_000)
    await expect(inlet.signIns.finish(back)).rejects.toEqual(problem('sign-in-over'))
  })

  it('is of no use to another browser, and stays good for its own', async () => {
    const { url } = await begin({ binding: 'browser-a' })
    const back = provider.allow(url, 'ann')
    for (const binding of [undefined, 'browser-b'])
      await expect(inlet.signIns.finish({ ...back, binding })).rejects.toEqual(problem('unknown-state'))
    expect(connected(await inlet.signIns.finish({ ...back, binding: 'browser-a' })).isNew).toBe(true)
  })
})

describe('a sign-in that goes wrong changes nothing', () => {
  const nothing = async () => expect(await inlet.connections.list({ skip: 0, limit: 10 })).toEqual([])

  it.each(['access_denied', 'server_error', 'an odd <word>', ''])('when the provider says %j', async error => {
    const { state } = await begin()
    await expect(inlet.signIns.finish({ state, error })).rejects.toEqual(problem('sign-in-refused'))
    await nothing()
  })

  it('when a person allows less than the source needs', async () => {
    provider.granted = 'names.read'
    await expect(signIn('ann')).rejects.toEqual(
      expect.objectContaining({ code: 'scope_missing', message: expect.stringContaining('notes.read') }),
    )
    await nothing()
  })

  it.each([
    ['invalid_grant', 'token_revoked'],
    ['invalid_client', 'client_invalid'],
    ['temporarily_unavailable', 'unavailable'],
  ])('when the code is answered with %s, which is told as %s', async (error, code) => {
    provider.refusal = { status: 400, error }
    const failed = await signIn('ann').catch((failure: unknown) => failure)
    expect(failed).toEqual(expect.objectContaining({ code, message: expect.stringContaining('POST http') }))
    expect(String(failed)).not.toContain('secret-')
    await nothing()
  })

  it('when the error code is the secret itself', async () => {
    provider.refusal = { status: 400, error: provider.client.clientSecret }
    const failed = await signIn('ann').catch((failure: unknown) => failure)
    expect(JSON.stringify([String(failed), failed])).not.toContain(provider.client.clientSecret)
  })
})

describe('PKCE', () => {
  it.each(['always', 'never', 'loopback'] as const)('is used %s, as the provider takes it', async pkce => {
    await inlet.close()
    await provider.close()
    provider = await startFakeAuthorizationServer({ pkce })
    inlet = await open()
    const { url } = await begin()
    expect(new URL(url).searchParams.has('code_challenge')).toBe(pkce !== 'never')
    const https = await begin({ client: { ...provider.client, redirectUri: 'https://app.example/back' } })
    expect(new URL(https.url).searchParams.has('code_challenge')).toBe(pkce === 'always')
    expect(connected(await inlet.signIns.finish(provider.allow(url, 'ann'))).isNew).toBe(true)
  })
})
