/** The fake against Google's own SDK, and the plugin's requests against the SDK's types. */
import type { drive_v3 } from '@googleapis/drive'
import { describe, expect, test } from 'vitest'
import { driveClient, driveRoutes } from '../../support/drive-routes.ts'
import { createFakeDrive } from '../../support/fake-drive.ts'
import { drain, faithful, identify, judge, refusal, serveGoogle } from '../../support/google-sdk.ts'
import { observed, problemsOf, type QueryTable, type ShapeOf, strangersIn } from '../../support/google-types.ts'
import { expectTruth, furnish, start } from './drive-world.ts'

const documentType = 'application/vnd.google-apps.document'
const everywhere = { supportsAllDrives: true, includeItemsFromAllDrives: true }

async function serve() {
  const fake = createFakeDrive()
  const ids = furnish(fake)
  const server = await serveGoogle(fake.routes)
  const client = driveClient(server.url)
  const listFiles = async (ask: drive_v3.Params$Resource$Files$List) => {
    const pages = await drain(paged => client.files.list({ ...ask, ...paged }))
    return { pages: pages.length, files: pages.flatMap(({ files = [] }) => files) }
  }
  return { fake, ids, server, client, listFiles }
}

/** What changed since a token, in the SDK's way: page tokens are tokens of the same log. */
async function follow(client: drive_v3.Drive, startPageToken: string, more: { driveId?: string } = {}) {
  const pages = await drain(({ pageToken = startPageToken }) =>
    client.changes.list({ ...more, ...everywhere, pageToken, pageSize: 1000, fields: '*' }),
  )
  expect(pages.filter(page => page.newStartPageToken)).toEqual([pages.at(-1)])
  return { changes: pages.flatMap(({ changes = [] }) => changes), token: pages.at(-1)?.newStartPageToken ?? '' }
}

describe("Google's SDK", () => {
  test("lists the fake's files, page by page, and reads each", async () => {
    const { fake, ids, client, listFiles } = await serve()
    const { files, pages } = await listFiles({ pageSize: 1000, fields: 'nextPageToken,files(id,name,trashed)' })
    const all = [...fake.files.values()].filter(({ id }) => id !== fake.rootId)
    expect(Object.fromEntries(files.map(({ id, name }) => [id, name]))).toEqual(
      Object.fromEntries(all.map(({ id, name }) => [id, name])),
    )
    expect(pages).toBeGreaterThan(2)
    const inside = await listFiles({ q: `'${ids.plans}' in parents and trashed = false` })
    expect(inside.files.map(({ name }) => name).sort()).toEqual(['budget.csv', 'plan.txt'])
    expect(Object.keys(inside.files[0] ?? {}).sort()).toEqual(['id', 'kind', 'mimeType', 'name'])

    const { data: plan } = await client.files.get({
      fileId: ids.plan,
      fields: 'name,size,parents,owners(emailAddress)',
    })
    expect(plan).toEqual({
      ...{ name: 'plan.txt', size: '8', parents: [ids.plans], owners: [{ emailAddress: 'ann@example.com' }] },
    })
    expect((await client.files.get({ fileId: 'root' })).data).toMatchObject({ id: fake.rootId, name: 'My Drive' })
    const { data: about } = await client.about.get({ fields: 'user(emailAddress,permissionId)' })
    expect(about).toEqual({ user: { emailAddress: 'Test.User@Example.com', permissionId: '0815' } })
  })

  test('downloads and exports', async () => {
    const { fake, ids, client } = await serve()
    const document = fake.add({ name: 'doc', mimeType: documentType, content: '# Title' })
    const download = await client.files.get({ fileId: ids.plan, alt: 'media' }, { responseType: 'text' })
    expect(download.data).toBe('the plan')
    const mimeType = 'text/markdown'
    const exported = await client.files.export({ fileId: document, mimeType }, { responseType: 'text' })
    expect(exported.data).toBe('# Title')

    const refused = (asked: Promise<unknown>) => refusal(asked)
    expect(await refused(client.files.get({ fileId: document, alt: 'media' }))).toMatchObject({
      ...{ status: 403, reason: 'fileNotDownloadable' },
    })
    expect(await refused(client.files.export({ fileId: ids.plan, mimeType }))).toMatchObject({
      ...{ status: 403, reason: 'fileNotExportable' },
    })
    expect(await refused(client.files.export({ fileId: document, mimeType: 'image/png' }))).toMatchObject({
      ...{ status: 400, reason: 'badRequest' },
    })
  })

  test("follows the fake's changes", async () => {
    const { fake, ids, client } = await serve()
    const { data: start } = await client.changes.getStartPageToken({ supportsAllDrives: true })
    fake.change(ids.plan, { content: 'a better plan' })
    fake.change(ids.draft, { isTrashed: true })
    fake.change(ids.budget, { isHidden: true })
    fake.change(ids.docs, { name: 'Papers' })
    fake.delete(ids.note)
    const { changes, token } = await follow(client, start.startPageToken ?? '')
    const told = Object.fromEntries(changes.map(change => [change.fileId ?? '', change]))
    expect(Object.keys(told).sort()).toEqual([ids.plan, ids.draft, ids.budget, ids.docs, ids.note].sort())
    expect(told[ids.plan]).toMatchObject({ removed: false, changeType: 'file', file: { name: 'plan.txt', size: '13' } })
    expect(told[ids.draft]).toMatchObject({ removed: false, file: { trashed: true } })
    expect(told[ids.docs]).toMatchObject({ file: { name: 'Papers' } })
    for (const id of [ids.note, ids.budget]) {
      expect(told[id]?.removed).toBe(true)
      expect(told[id]).not.toHaveProperty('file')
    }
    expect((await follow(client, token)).changes).toEqual([])
    const { data: usual } = await client.changes.list({ pageToken: start.startPageToken ?? '' })
    expect(Object.keys(usual.changes?.[0]?.file ?? {}).sort()).toEqual(['id', 'kind', 'mimeType', 'name'])
  })

  test("lists the fake's shared drives and follows each by its own log", async () => {
    const { fake, client, listFiles } = await serve()
    const ids = Array.from({ length: 4 }, (_, index) => fake.addDrive(`Team ${index}`))
    const pages = await drain(paged => client.drives.list({ ...paged, pageSize: 100 }))
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(({ drives = [] }) => drives.map(({ id }) => id)).sort()).toEqual(ids.toSorted())
    const driveId = ids[0] ?? ''
    const ours = fake.add({ name: 'ours.txt', content: 'ours', parents: [driveId] })
    const { files } = await listFiles({ corpora: 'drive', driveId, ...everywhere })
    expect(files.map(({ id }) => id)).toEqual([ours])
    expect((await client.files.get({ fileId: ours, supportsAllDrives: true })).data.name).toBe('ours.txt')
    const { data } = await client.changes.getStartPageToken({ supportsAllDrives: true, driveId })
    fake.change(ours, { name: 'theirs.txt' })
    const { changes } = await follow(client, data.startPageToken ?? '', { driveId })
    expect(changes.map(({ fileId, file }) => [fileId, file?.name])).toEqual([[ours, 'theirs.txt']])

    expect(await refusal(client.files.get({ fileId: ours }))).toMatchObject({ status: 404, reason: 'notFound' })
    expect(await refusal(client.files.list({ corpora: 'drive', driveId }))).toMatchObject({ status: 403 })
    expect(await refusal(client.files.list({ driveId, ...everywhere }))).toMatchObject({ status: 400 })
  })

  test("understands the fake's refusals", async () => {
    const { fake, ids, server, client } = await serve()
    const { data } = await client.files.list({ q: 'trashed = false' })
    const pageToken = data.nextPageToken ?? ''
    expect(pageToken).not.toBe('')
    const invalid = { status: 400, reason: 'invalid' }
    expect(await refusal(client.files.list({ pageToken }))).toMatchObject(invalid)
    expect(await refusal(client.files.list({ q: 'trashed = false', pageToken, pageSize: 5 }))).toMatchObject(invalid)
    expect(await refusal(client.drives.list({ pageToken }))).toMatchObject(invalid)
    expect(await refusal(client.changes.list({ pageToken }))).toMatchObject(invalid)
    expect(await refusal(client.files.list({ q: 'colour = red' }))).toMatchObject(invalid)
    expect(await refusal(client.files.list({ fields: 'files(id' }))).toMatchObject({ status: 400 })
    expect(await refusal(client.files.list({ pageSize: 1001 }))).toMatchObject({ status: 400 })
    expect(await refusal(client.changes.list({ pageToken, pageSize: 0 }))).toMatchObject({ status: 400 })
    expect(await refusal(client.about.get())).toMatchObject({ status: 400, reason: 'required' })
    expect(await refusal(client.files.get({ fileId: 'none' }))).toEqual({
      ...{ status: 404, code: 404, message: 'File not found: .', reason: 'notFound', canonical: undefined },
    })
    const { data: start } = await client.changes.getStartPageToken()
    fake.epoch++
    expect(await refusal(client.changes.list({ pageToken: start.startPageToken ?? '' }))).toMatchObject(invalid)
    const stranger = driveClient(server.url, 'another')
    expect(await refusal(stranger.files.get({ fileId: ids.plan }))).toMatchObject({ status: 401, reason: 'authError' })
  })
})

test("every request is one of the SDK's, every `fields` names what there is, and every answer is of its types", async () => {
  const fake = createFakeDrive()
  const { routes, exchanges } = observed(fake.routes)
  fake.routes = routes
  const world = await start({ include_shared_drives: true }, fake)
  const { harness, server } = world
  const { docs, plans, photos, note, plan, draft, budget } = furnish(fake)
  fake.add({ name: 'doc', mimeType: documentType, content: '# Title' })
  fake.add({
    name: 'link',
    mimeType: 'application/vnd.google-apps.shortcut',
    more: { shortcutDetails: { targetId: note } },
  })
  fake.add({
    name: 'told.txt',
    content: 'told',
    more: { description: 'of old', lastModifyingUser: { displayName: 'Bob' } },
  })
  const drive = fake.addDrive('Team')
  const work = fake.folder('Work', drive)
  fake.add({ name: 'ours.txt', content: 'ours', parents: [work], isOpened: true })
  await identify('google_drive', server.url)
  await harness.run()
  fake.add({ name: 'new.txt', content: 'new', parents: [plans] })
  fake.change(plan, { content: 'a better plan' })
  fake.change(draft, { isTrashed: true })
  fake.change(budget, { isHidden: true })
  fake.change(docs, { name: 'Papers' })
  fake.change(work, { name: 'Done' })
  fake.delete(note)
  await harness.run()
  fake.change(plans, { parents: [photos] })
  fake.delete(docs)
  fake.drives.set(drive, 'Crew')
  await harness.run()
  await expectTruth(world)
  fake.drives.delete(drive)
  fake.delete(plan)
  fake.epoch++
  await harness.run()
  await expectTruth(world)
  await harness.configure({ include_patterns: ['Photos/**'], max_file_mb: 1 })
  await harness.run()

  expect(exchanges.length).toBeGreaterThan(60)
  expect(exchanges.some(({ answer }) => answer.status === 400)).toBe(true)
  expect(exchanges.filter(({ query }) => query.has('fields')).length).toBeGreaterThan(20)
  expect(await judge(driveRoutes, exchanges)).toEqual(faithful)
})

describe('a judge that lets everything pass would be of no use', () => {
  const routes = driveRoutes('http://127.0.0.1')
  const problems = (path: string, query: string, method = 'GET') =>
    problemsOf(routes, { method, path, query: new URLSearchParams(query) })

  test.each([
    ['/drive/v3/files', 'pageSize=1000&fields=files(id,owners(me)),nextPageToken', []],
    ['/drive/v3/file', '', ['GET /drive/v3/file']],
    ['/drive/v3/files', 'maxResults=5', ['/drive/v3/files maxResults']],
    ['/drive/v3/files', 'pageSize=many', ['/drive/v3/files pageSize']],
    ['/drive/v3/files', 'supportsAllDrives=1', ['/drive/v3/files supportsAllDrives']],
    ['/drive/v3/files', 'q=a&q=b', ['/drive/v3/files q']],
    [
      '/drive/v3/files',
      'fields=files(title,owners(name)),items',
      [...['title', 'owners/name'].map(name => `/drive/v3/files fields files/${name}`), '/drive/v3/files fields items'],
    ],
  ])('%s?%s', (path, query, expected) => {
    expect(problems(path, query)).toEqual(expected)
  })

  test('for methods, answers, spellings and routes that are not asked', async () => {
    expect(problems('/drive/v3/files', '', 'POST')).toEqual(['POST /drive/v3/files'])
    const files = routes.find(({ pattern }) => pattern === '/drive/v3/files')
    if (!files) throw new Error('no such route')
    const answer = { files: [{ id: 'a', size: 1 }, { colour: 'red' }, 'b'], incompleteSearch: 'no' }
    expect(strangersIn(answer, files.answer)).toEqual(['files[].size', 'files[].colour', 'files[]', 'incompleteSearch'])
    const question = { method: 'GET', path: '/drive/v3/files', query: new URLSearchParams('pageSize=010') }
    const verdict = await judge(driveRoutes, [{ ...question, body: '', answer: { body: {} } }])
    expect(verdict).toMatchObject({ problems: [], misspelt: ['GET /drive/v3/files?pageSize=010'], strangers: [] })
    expect(verdict.unasked).toHaveLength(routes.length - 1)
  })

  test('and the type checker refuses what Google does not know', () => {
    // @ts-expect-error a parameter of the second version of the API
    const query: QueryTable<drive_v3.Params$Resource$Files$List> = { maxResults: 'number' }
    // @ts-expect-error a number
    const kind: QueryTable<drive_v3.Params$Resource$Files$List> = { pageSize: 'text' }
    // @ts-expect-error a member of the second version of the API, inside a list
    const shape: ShapeOf<drive_v3.Schema$FileList> = { files: [{ title: 'text' }] }
    expect([query, kind, shape]).toHaveLength(3)
  })
})
