/**
 * Secrets are put in at every door there is, and answered back by a provider that repeats all it hears. Then everything
 * that inlet has written, said or asked for is searched for them, in every usual spelling.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { plugins } from '../../plugins/index.ts'
import { canary, findCanaries, longCanary, plantedCanaries } from '../support/canary.ts'
import { apiManners, tokenManners } from '../support/echoing-provider.ts'
import { misplaced } from '../support/misplaced-secrets.ts'
import { times } from '../support/suite-depth.ts'
import { startWebhookReceiver } from '../support/webhook-receiver.ts'
import { createWorld, type World } from './canary-world.ts'
import { type Answer, connect, startTestDaemon } from './harness.ts'

function found(places: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(places)
      .map(([place, text]) => [place, findCanaries(text)] as const)
      .filter(([, canaries]) => canaries.length > 0),
  )
}

const sources = plugins.flatMap(({ id: family, auth, sources: own }) =>
  own.map(({ shortName }) => ({ family, shortName, fields: auth.fields })),
)
/** What answers mean is a matter of the family. */
const allFamilies = sources.filter(({ family }, index) => sources.findIndex(other => other.family === family) === index)
const families = allFamilies.slice(0, times(1, allFamilies.length))

/** A canary in each of the fields that a source declares, but for those whose form allows none. */
function credential(fields: (typeof sources)[number]['fields'], expires = '2099-01-01T00:00:00Z') {
  const given: Record<string, string> = { expires_at: expires, tenant: 'common' }
  return Object.fromEntries(fields.map(({ name }) => [name, given[name] ?? canary(name)]))
}

interface Made {
  id: string
  status: string
}

/** Until the job is over; its last state. */
async function run(world: World, id: string, body: object = {}): Promise<string> {
  const started = await world.ask('POST', `/source-connections/${id}/run`, body)
  if (started.status !== 200) return `refused with ${started.status}`
  const job = started.body as { id: string }
  const { text } = await world.ask('GET', `/source-connections/${id}/jobs/${job.id}/events`)
  await world.ask('GET', `/source-connections/${id}/jobs/${job.id}`)
  await world.ask('GET', `/source-connections/${id}`)
  return /"status":"(completed|failed|cancelled)"/.exec(text.slice(text.lastIndexOf('event: end')))?.[1] ?? 'no end'
}

describe('a secret', () => {
  it.each(families)('of $family comes out nowhere, whatever the provider says', { timeout: 300_000 }, async source => {
    const world = await createWorld({})
    const { provider } = world
    const { shortName, fields } = source
    const expired = '2020-01-01T00:00:00Z'
    const body = { short_name: shortName, auth_fields: credential(fields), sync_immediately: false }
    const { id } = (await world.ask('POST', '/source-connections', body)).body as Made
    const outcomes: string[] = []
    for (const manner of Object.values(apiManners)) {
      provider.api = manner
      outcomes.push(await run(world, id, { access_token: longCanary('override') }))
      await world.ask('POST', '/source-connections', { ...body, auth_fields: credential(fields), validate: true })
    }
    for (const manner of Object.values(tokenManners)) {
      provider.token = manner
      const patch = { auth_fields: credential(fields, expired) }
      expect((await world.ask('PATCH', `/source-connections/${id}`, patch)).status).toBe(200)
      outcomes.push(await run(world, id))
    }
    expect(outcomes).toHaveLength(Object.keys(apiManners).length + Object.keys(tokenManners).length)
    expect(outcomes.filter(outcome => outcome === 'no end')).toEqual([])
    const manners = Object.entries({ ...apiManners, ...tokenManners })
    expect(manners.filter(([, manner]) => !provider.served.includes(manner)).map(([name]) => name)).toEqual([])
    expect(world.events.join('')).toContain('event: job.failed')
    const said = world.answers.map(({ text }) => text).join('\n')
    expect(said).toMatch(/"error":"[^"]* answered (401|403|404|418)/)
    expect(said).toMatch(/the token endpoint answered 4/)
    expect(provider.asked.length).toBeGreaterThan(50)
    const running = await world.places()
    expect(Object.keys(running)).toEqual(expect.arrayContaining(['inlet.db', 'inlet.db-wal', `vault/${id}.json`]))
    expect(found(running)).toEqual({})
    await world.stop()
    expect(found(await world.places())).toEqual({})
  })

  it('of any source comes out nowhere, in whichever field it was given', { timeout: 120_000 }, async () => {
    const world = await createWorld({})
    const { 'a refusal whose code is the token': refusal, 'a prohibition': prohibition } = apiManners
    if (!refusal || !prohibition) throw new Error('there are such manners')
    let jobs = 0
    for (const { shortName, fields } of sources) {
      world.provider.api = refusal
      const body = { short_name: shortName, auth_fields: credential(fields), sync_immediately: false }
      const { id } = (await world.ask('POST', '/source-connections', body)).body as Made
      expect(await run(world, id, { access_token: canary('override') })).toBe('failed')
      world.provider.api = prohibition
      const again = { auth_fields: credential(fields) }
      for (const method of ['PATCH', 'PUT']) {
        expect((await world.ask(method, `/source-connections/${id}`, again)).status).toBe(200)
        expect(await run(world, id)).toBe('failed')
        jobs++
      }
      await world.ask('GET', `/source-connections/${id}?show_auth_fields=true`)
      await world.ask('GET', `/source-connections/${id}/jobs`)
      await world.ask('DELETE', `/source-connections/${id}`)
    }
    await world.ask('GET', '/source-connections')
    expect(jobs).toBe(2 * sources.length)
    expect(sources.length).toBeGreaterThan(8)
    expect(found(await world.places())).toEqual({})
    await world.stop()
    expect(found(await world.places())).toEqual({})
  })
})

describe('a token that goes out with what programs ask', () => {
  it('comes back to none of them, whatever the provider repeats', { timeout: 120_000 }, async () => {
    const world = await createWorld({})
    const statuses: number[] = []
    for (const { shortName, fields } of families) {
      const body = { short_name: shortName, auth_fields: credential(fields), sync_immediately: false }
      const { id } = (await world.ask('POST', '/source-connections', body)).body as Made
      // Without a way to renew it, the provider's own refusal is passed on.
      const lonely = { ...body, auth_fields: { access_token: canary('lonely-access') } }
      const { id: other } = (await world.ask('POST', '/source-connections', lonely)).body as Made
      for (const manner of Object.values(apiManners)) {
        world.provider.api = manner
        statuses.push((await world.ask('GET', `/proxy/${other}/me`)).status)
        for (const path of ['me', 'users.list', `x?q=${canary('query')}`]) {
          statuses.push((await world.ask('GET', `/proxy/${id}/${path}`)).status)
        }
        // Who was told to wait for long is told so again: another connection has waited for nothing.
        await world.clock.advance(3_600_000)
      }
    }
    // A slow machine lets some wait in vain besides.
    expect([...new Set(statuses)]).toEqual(expect.arrayContaining([200, 302, 400, 401, 403, 404, 418, 429, 500, 502]))
    const { 'addresses that the provider was asked for': asked = '', ...places } = await world.places()
    // A query is the caller's own, and goes where it is sent.
    expect(found({ asked: asked.replaceAll(/\?q=\S+/g, '') })).toEqual({})
    expect(found(places)).toEqual({})
  })
})

describe('a secret of a connection that works', () => {
  it('comes out nowhere while its data do', async () => {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    const auth_fields = {
      ...{ access_token: canary('access'), refresh_token: canary('refresh') },
      ...{ client_id: canary('client'), client_secret: canary('client-secret') },
    }
    daemon.slack.server.tokens?.add(auth_fields.access_token)
    await daemon.ask('POST', '/collections', { body: { name: 'Mine', readable_id: 'mine' } })
    const { id } = await connect(daemon, { auth_fields, collection: 'mine' })
    const texts: string[] = []
    const paths = ['/collections/mine/search?query=bananas', '/collections/mine/entities', `/source-connections/${id}`]
    for (const path of paths) texts.push((await daemon.ask('GET', path)).text)
    expect(texts[0]).toContain('<mark>bananas</mark>')
    const data = join(daemon.folder, 'data')
    const stored = await Promise.all(
      ['inlet.db', 'inlet.db-wal', `vault/${id}.json`].map(name => readFile(join(data, name), 'latin1')),
    )
    const asked = daemon.slack.server.requests.map(({ path, query }) => `${path}?${query}`)
    const [answers, printed] = [texts.join('\n'), daemon.printed.join('\n')]
    expect(printed).toContain('"msg":"request"')
    expect(found({ answers, printed, stored: stored.join('\n'), asked: asked.join('\n') })).toEqual({})
  })
})

describe('a secret of a webhook', () => {
  it('comes out nowhere but with what is sent, and its address to its owner alone', { timeout: 60_000 }, async () => {
    const world = await createWorld({})
    const receiver = await startWebhookReceiver()
    onTestFinished(() => receiver.close())
    // Nobody repeats what is sent to an address better than this.
    receiver.manner = { status: 500, headers: { 'x-echo': canary('echoed') } }
    const bytes = Buffer.from(canary('hook-secret').padEnd(32, 'x'))
    const url = `${receiver.url}/${canary('hook-path')}?${canary('hook-query')}`
    const headers = { Authorization: `Bearer ${canary('hook-header')}` }
    const body = { url, headers, secret: `whsec_${bytes.toString('base64')}` }
    const made = await world.ask('POST', '/webhooks', body)
    expect(made.status).toBe(201)
    const { id } = made.body as Made
    await world.ask('POST', '/source-connections', {
      ...{ short_name: 'slack', auth_fields: { access_token: 'xoxp-1' } },
    })
    await world.clock.run(receiver.until(2))
    const own = await world.ask('PATCH', `/webhooks/${id}`, { headers: { Authorization: canary('hook-changed') } })
    const read = ['', '/deliveries'].map(part => world.ask('GET', `/webhooks/${id}${part}`))
    const rotated = await world.ask('POST', `/webhooks/${id}/rotate-secret`)
    const refused = await world.ask('PATCH', `/webhooks/${id}`, { url: `http://example.com/${canary('refused')}` })
    expect(refused.status).toBe(422)
    const tried = await world.ask('POST', `/webhooks/${id}/test`)
    expect(tried.body).toMatchObject({ delivered: false, status: 500 })
    const texts = [made, own, rotated, ...(await Promise.all(read))].map(({ text }) => text.replaceAll(url, ''))
    texts[0] = texts[0]?.replace(body.secret, '') ?? ''
    expect(found({ refused: refused.text, tried: tried.text, others: texts.join('\n') })).toEqual({})
    for (const state of ['running', 'stopped']) {
      if (state === 'stopped') await world.stop()
      const { 'the answers': _theirs, ...places } = await world.places()
      expect(Object.keys(places)).toContain(`vault/${id}.webhook.json`)
      expect(found(places)).toEqual({})
    }
  })
})

describe('a secret in a wrong place', () => {
  it('is a mistake that is not repeated, nor written down', { timeout: 120_000 }, async () => {
    const world = await createWorld({})
    const body = {
      short_name: 'slack',
      collection: 'mine',
      auth_fields: { access_token: canary('stored') },
      sync_immediately: false,
    }
    await world.ask('POST', '/collections', { name: 'Mine', readable_id: 'mine' })
    const { id } = (await world.ask('POST', '/source-connections', body)).body as Made
    const taken: unknown[] = []
    for (const [what, method, path, sent, headers = {}] of misplaced) {
      const secret = longCanary('misplaced')
      const fill = (text: string) => text.replaceAll('SECRET', secret).replaceAll('ID', id)
      const text = sent === undefined ? undefined : fill(typeof sent === 'string' ? sent : JSON.stringify(sent))
      const address = path.replaceAll('SECRET', encodeURIComponent(secret)).replaceAll('ID', id)
      const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
      const { status } = await world.ask(method, address, text, given)
      if (status < 400 || status >= 500) taken.push([what, method, path, status])
      await world.clock.advance(5000)
    }
    expect(taken).toEqual([])
    expect(misplaced.length).toBeGreaterThan(120)
    expect(found(await world.places())).toEqual({})
    await world.stop()
    expect(found(await world.places())).toEqual({})
  })

  it("that is a name, a description, a query or the like is its owner's to see, and is in no log", async () => {
    const world = await createWorld({})
    const body = { short_name: 'slack', auth_fields: { access_token: 'xoxp-1' }, sync_immediately: false }
    const named = {
      ...body,
      name: canary('name'),
      description: longCanary('description'),
      config: { channels: [canary('channel')] },
    }
    const collection = { name: longCanary('collection') }
    const asks: Promise<Answer>[] = []
    const ask = async (...given: Parameters<World['ask']>) => {
      const answer = await world.ask(...given)
      expect([given[1], answer.status < 300]).toEqual([given[1], true])
      asks.push(Promise.resolve(answer))
      return answer
    }
    const { id } = (await ask('POST', '/source-connections', named)).body as Made
    const { readable_id } = (await ask('POST', '/collections', collection)).body as { readable_id: string }
    await ask('PATCH', `/source-connections/${id}`, { description: longCanary('description') })
    await ask('GET', `/collections/${readable_id}/search?query=${canary('query')}`)
    await ask('POST', `/collections/${readable_id}/search`, {
      query: longCanary('query'),
      filter: { must: [{ key: 'author', match: { value: longCanary('author') } }] },
    })
    await ask('GET', `/collections?search=${canary('search')}`)
    await ask('GET', `/collections/${readable_id}/entities?entity_type=${canary('type')}`)
    await ask('GET', '/sources', undefined, { 'User-Agent': canary('agent'), Accept: canary('accept') })
    expect(asks).toHaveLength(8)
    expect(found({ printed: world.printed.join('\n') })).toEqual({})
    const { answers: _theirs, ...places } = await world.places()
    expect(Object.keys(found(places)).filter(place => !/^(inlet\.db|the answers)/.test(place))).toEqual([])
  })
})

describe('a secret from the surroundings', () => {
  const key = Buffer.alloc(32)
  key.write(canary('master'))

  it.each<[string, () => Record<string, string>, Record<string, string>]>([
    ['a passphrase', () => ({ INLET_PASSPHRASE: longCanary('passphrase') }), { INLET_PASSPHRASE: longCanary('wrong') }],
    ['a master key', () => ({ INLET_MASTER_KEY: key.toString('base64') }), { INLET_MASTER_KEY: longCanary('no-key') }],
  ])("%s, the API key and a client's secret stay there", { timeout: 60_000 }, async (_what, right, wrong) => {
    const apiKey = { INLET_API_KEY: canary('api-key') }
    const world = await createWorld({ ...right(), ...apiKey })
    const body = { short_name: 'slack', auth_fields: { access_token: canary('stored') }, sync_immediately: false }
    const { id } = (await world.ask('POST', '/source-connections', body)).body as Made
    for (const path of ['/vault', '/readyz', '/openapi.json', '/source-connections', '/events']) {
      if (path !== '/events') expect((await world.ask('GET', path)).status).toBe(200)
    }
    expect(found(await world.places())).toEqual({})
    await world.stop()
    await world.start({ ...wrong, ...apiKey })
    expect((await world.ask('GET', '/readyz')).status).toBe(503)
    expect((await world.ask('POST', `/source-connections/${id}/run`)).status).toBe(503)
    expect((await world.ask('GET', '/vault')).body).toMatchObject({ locked: true })
    expect(found(await world.places())).toEqual({})
    await world.stop()
    expect(found(await world.places())).toEqual({})
  })

  it('that is made here, the API key, is in its file alone', async () => {
    const world = await createWorld({})
    await world.ask('GET', '/sources')
    await world.ask('GET', '/nonsense', undefined, { Authorization: `Bearer ${world.key}` })
    expect(world.key).toMatch(/^[\w-]{43}$/)
    const holding = Object.entries(await world.places()).filter(([, text]) => text.includes(world.key))
    expect(holding.map(([place]) => place)).toEqual(['api-key'])
  })
})

describe('the search', () => {
  it('finds a canary however it is spelt', () => {
    const secret = canary('found')
    const spelt = [
      ...[
        secret,
        secret.toUpperCase(),
        [...secret].reverse().join(''),
        encodeURIComponent(secret),
        JSON.stringify({ secret }),
      ],
      ...(['hex', 'base64', 'base64url'] as const).map(encoding => Buffer.from(`ab${secret}c`).toString(encoding)),
      ...['', 'a', 'ab'].map(before => Buffer.from(`${before}${secret}`).toString('base64')),
      Buffer.from(secret, 'utf16le').toString('latin1'),
      [...Buffer.from(secret)].map(byte => `%${byte.toString(16).toUpperCase()}`).join(''),
    ]
    expect(spelt.filter(text => findCanaries(`before ${text} after`).length === 0)).toEqual([])
    expect(spelt.length).toBe(13)
    expect(findCanaries('Zq7Kx2 Vw9Tn4, and nothing else')).toEqual([])
  })

  it('was for hundreds of them', () => {
    expect(plantedCanaries()).toBeGreaterThan(times(200, 500))
  })
})
