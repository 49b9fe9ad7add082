import { afterEach, describe, expect, it } from 'vitest'
import { classify } from '../../../plugins/asana/classify.ts'
import { attachmentFields, commentFields, keptTaskFields, taskFields } from '../../../plugins/asana/fields.ts'
import { asana } from '../../../plugins/asana/index.ts'
import { type FakeAsana, startFakeAsana } from '../../support/fake-asana.ts'
import { dayMs, openHarness, openOffice } from './office.ts'

describe('what Asana refuses', () => {
  it.each([
    [402, {}, 'item_forbidden'],
    [403, { errors: [{ message: 'Your token needs the scope tasks:read' }] }, 'scope_missing'],
    [403, { errors: [{ message: 'You do not have access to this project' }] }, undefined],
    [405, undefined, 'item_missing'],
    [501, undefined, 'item_missing'],
    [401, {}, 'unauthorized'],
    [429, {}, undefined],
    [500, 'oops', undefined],
  ])('with %i', (status, body, code) => {
    const found = classify(status, body)
    expect(typeof found === 'object' ? found.code : found).toBe(code)
  })
})

describe('tokens', () => {
  let fake: FakeAsana | undefined
  afterEach(() => fake?.close())

  it('are refreshed with the client in the form, and the refresh token stays', async () => {
    fake = await startFakeAsana()
    const input = {
      ...{ refreshToken: 'refresh-token', clientId: 'client.id', clientSecret: 'client-secret' },
      ...{ scopes: ['default'], endpoints: fake.endpoints, fields: {} },
    }
    const tokens = await refresh(input)
    expect(tokens).toMatchObject({ accessToken: 'fresh-token', expiresInSeconds: 3600 })
    expect(tokens.refreshToken).toBeUndefined()
    expect(asana.auth.repeatable).toBe(true)
    await expect(refresh({ ...input, refreshToken: 'other' })).rejects.toMatchObject({ code: 'token_revoked' })
    await expect(refresh({ ...input, clientSecret: 'other' })).rejects.toMatchObject({ code: 'client_invalid' })
  })

  async function refresh(input: Parameters<typeof asana.auth.refreshRequest>[0]) {
    const { url, headers, body } = asana.auth.refreshRequest(input)
    const answer = await fetch(url, { method: 'POST', headers, body })
    return asana.auth.readTokens({ status: answer.status, headers: {}, body: await answer.text() })
  }
})

describe('an account', () => {
  it('is known by its gid', async () => {
    const { fake, things } = await openOffice()
    const source = asana.sources[0]
    const api = { get: async () => (await fetch(`${fake.endpoints.api}/users/me?opt_fields=name`, bearer)).json() }
    const bearer = { headers: { authorization: 'Bearer good-token' } }
    const context = { api, endpoints: fake.endpoints } as unknown as Parameters<
      NonNullable<typeof source>['identify']
    >[0]
    expect(await source?.identify(context)).toEqual({ id: things.me, name: 'Mia' })
  })
})

describe('an entity', () => {
  it('says in Markdown what a person would read', async () => {
    const { harness, world, things } = await openOffice()
    world.changeTask(things.plan, {
      html_notes:
        '<body>First <strong>line</strong>\nsecond\n<ul><li>a point</li></ul><a href="https://app.asana.com/0/7/8">@Ann</a></body>',
      due_on: '2026-02-01',
      completed: true,
      completed_at: '2026-01-20T10:00:00.000Z',
      completed_by: things.ann,
      tags: [
        { gid: '91', name: 'urgent' },
        { gid: '92', name: 'fun' },
      ],
      dependencies: [{ gid: things.shared }],
      custom_fields: [
        { gid: '81', name: 'Priority', display_value: 'High', enum_value: { gid: '82', name: 'High' } },
        { gid: '83', name: 'Effort', display_value: null, number_value: 3 },
        { gid: '84', name: 'Unset', display_value: null },
      ],
    })
    const comment = world.comment(things.plan, 'see it', '<body><em>see</em>\nit</body>')
    await harness.run()
    const entities = await harness.entities()
    const task = entities.get(`asana_task:${things.plan}`)
    expect(task?.text).toBe(
      [
        'First **line**  \nsecond',
        '- a point',
        '[@Ann](https://app.asana.com/0/7/8)',
        [
          '- Assignee: Ann',
          '- Due: 2026-02-01',
          '- Completed: 2026-01-20T10:00:00.000Z by Ann',
          '- Tags: urgent, fun',
          '- Priority: High',
          '- Effort: 3',
          `- Depends on: <https://app.asana.com/0/0/${things.shared}>`,
        ].join('\n'),
      ].join('\n\n'),
    )
    expect(task).toMatchObject({ author: 'Mia', url: `https://app.asana.com/0/0/${things.plan}` })
    expect(task?.updatedAt).toBe(world.tasks.get(things.plan)?.modified_at)
    expect(task?.breadcrumbs.map(({ entityType }) => entityType)).toEqual([
      'asana_workspace',
      'asana_project',
      'asana_section',
    ])
    expect(entities.get(`asana_comment:${comment}`)).toMatchObject({
      ...{ name: 'see it', text: '*see*  \nit', author: 'Mia', url: task?.url },
    })
  })

  it('holds nothing that differs at each read, and nothing that was not asked for', async () => {
    const { harness, things } = await openOffice()
    await harness.run()
    const raws = async () => new Map([...(await harness.entities())].map(([key, { raw }]) => [key, raw]))
    const before = await raws()
    harness.advance(2 * dayMs)
    await harness.run()
    expect(await raws()).toEqual(before)
    const allowed: Record<string, readonly string[]> = {
      asana_task: keptTaskFields,
      asana_comment: commentFields,
      asana_attachment: attachmentFields.filter(field => field !== 'download_url'),
    }
    let checked = 0
    for (const [key, raw] of before) {
      const fields = allowed[key.split(':')[0] ?? '']
      if (!fields) continue
      const names = Object.keys(raw ?? {}).filter(name => name !== 'gid')
      expect(fields.map(field => field.split('.')[0])).toEqual(expect.arrayContaining(names))
      checked++
    }
    expect(checked).toBeGreaterThan(10)
    expect(JSON.stringify([...before.values()])).not.toContain('signature')
    expect(before.get(`asana_task:${things.plan}`)).not.toHaveProperty('num_subtasks')
  })
})

describe('a file', () => {
  it.each([false, true])('is fetched where it lies, without the token (redirected: %s)', async redirects => {
    const { fake, harness, things } = await openOffice({ redirects })
    await harness.run()
    expect((await harness.entities()).get(`asana_attachment:${things.notes}`)?.text).toBe('written down')
    expect(fake.files.requests.map(({ path }) => path)).toEqual([`/${things.notes}/notes.txt`])
    expect(fake.files.requests[0]?.headers.authorization).toBeUndefined()
  })

  it('is not fetched again while it is the same, whatever happens to its task', async () => {
    const { fake, harness, world, things } = await openOffice()
    await harness.run()
    world.changeTask(things.plan, { notes: 'another plan' })
    world.comment(things.plan, 'still the same file')
    await harness.run()
    expect(fake.files.requests).toHaveLength(1)
  })

  it('whose address has died is fetched from a fresh one, and in later runs', async () => {
    const { fake, harness, things } = await openOffice()
    const text = async () => (await harness.entities()).get(`asana_attachment:${things.notes}`)?.text
    fake.killDownloads(1)
    expect(await harness.run()).toMatchObject({ skipped: 0, failed: 0 })
    expect(await text()).toBe('written down')

    const later = await openHarness(fake)
    fake.killDownloads(4)
    expect(await later.run()).toMatchObject({ skipped: 1 })
    expect(await later.run()).toMatchObject({ skipped: 1 })
    expect(await later.run()).toMatchObject({ skipped: 0, updated: 1 })
    expect((await later.entities()).get(`asana_attachment:${things.notes}`)?.text).toBe('written down')
  })
})

describe('a request', () => {
  it('asks for fields that are kept or used, each once', () => {
    for (const fields of [taskFields, commentFields, attachmentFields]) {
      expect(new Set(fields).size).toBe(fields.length)
    }
  })

  it('never carries the token to another host', async () => {
    const { fake, harness } = await openOffice()
    await harness.run()
    const hosts = new Set([...fake.server.requests, ...fake.files.requests].map(({ headers }) => headers.host))
    expect(hosts.size).toBe(2)
    expect(fake.problems).toEqual([])
  })
})
