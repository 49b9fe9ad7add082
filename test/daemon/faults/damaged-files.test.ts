import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toFailure } from '../../../core/errors.ts'
import { type DataFolder, makeDataFolder, type Running, vaultOf } from './data-folder.ts'

let data: DataFolder

beforeAll(async () => {
  data = await makeDataFolder()
}, 60_000)
afterAll(() => data.close())

const damages: [string, (path: string) => Promise<void>][] = [
  ['cut off in the middle', async path => truncate(path, Math.floor((await stat(path)).size / 2))],
  ['emptied', path => truncate(path, 0)],
  ['with one bit changed', path => flip(path)],
]

/** A bit in the middle, of a letter or digit where the file is text. */
async function flip(path: string): Promise<void> {
  const content = await readFile(path)
  let at = Math.floor(content.length / 2)
  while (!/[0-9a-z]/i.test(String.fromCharCode(content[at] ?? 0)) && at < content.length - 1) at++
  content[at] = (content[at] ?? 0) ^ 1
  await writeFile(path, content)
}

async function withDaemon(folder: string, work: (running: Running) => Promise<void>): Promise<void> {
  const running = await data.start(folder)
  try {
    await work(running)
    expect(running.printed.filter(line => /a bug|stopped by a bug/.test(line))).toEqual([])
  } finally {
    await running.stop()
  }
}

async function entitiesOf({ ask }: Running): Promise<string[]> {
  const { body } = await ask('GET', '/collections/all/entities?limit=1000')
  const { entities } = body as { entities: { source_connection_id: string; entity_id: string }[] }
  return entities.map(({ source_connection_id, entity_id }) => `${source_connection_id} ${entity_id}`).sort()
}

function truth(): string[] {
  const ids = [...data.slack.messages].flatMap(([channel, list]) => list.map(({ ts }) => `${channel}/${ts}`))
  return data.ids
    .flatMap(id =>
      [...ids, ...data.slack.channels.map(channel => channel.id), data.slack.me].map(own => `${id} ${own}`),
    )
    .sort()
}

describe('a credential file', () => {
  const file = (folder: string, id: string) => join(folder, 'data', 'vault', `${id}.json`)

  it.each([
    ...damages,
    [
      'replaced by that of another connection',
      (path: string) => copyFile(join(path, '..', `${data.ids[1]}.json`), path),
    ],
  ] as typeof damages)(
    'that is %s concerns its connection alone, is kept, said, and healed by new auth fields',
    async (_what, damage) => {
      const folder = await data.copy()
      const [broken, whole] = data.ids
      await damage(file(folder, broken))
      const before = await vaultOf(folder)
      await withDaemon(folder, async running => {
        const failed = await running.run(broken)
        expect(failed.error).toMatch(
          new RegExp(`vault/${broken}\\.json .*It is kept as it is.*backup, or give new auth_fields`),
        )
        expect(await running.run(whole)).toMatchObject({ status: 'completed' })
        expect(await vaultOf(folder)).toEqual(before)
        const { body } = await running.ask('GET', `/source-connections/${broken}`)
        expect(body).toMatchObject({ error_message: expect.stringContaining('It is kept as it is') })
        await running.ask('PATCH', `/source-connections/${broken}`, { auth_fields: { access_token: 'good-token' } })
        expect(await running.run(broken)).toMatchObject({ status: 'completed' })
        const kept = [...(await vaultOf(folder))].filter(([path]) => path.includes('damaged'))
        expect(kept.map(([, content]) => content)).toEqual([before.get(file(folder, broken))])
      })
    },
  )
})

describe("the vault's key", () => {
  const cases = ['keyring.json', 'master.key'].flatMap(name =>
    damages.map(([what, damage]) => [name, what, damage] as const),
  )

  it.each(cases)(
    'in %s %s locks the vault, which is left as it is, and all else works',
    async (name, _what, damage) => {
      const folder = await data.copy()
      const path = join(folder, 'data', name)
      const good = await readFile(path)
      await damage(path)
      const bad = await readFile(path)
      const before = await vaultOf(folder)
      await withDaemon(folder, async running => {
        const [id] = data.ids
        const { status } = await running.run(id)
        // A keyring may be changed where it does not matter, and the key still fits.
        expect(name === 'keyring.json' ? [503, 'completed'] : [503]).toContain(status)
        expect((await running.ask('GET', '/readyz')).status).toBe(status === 503 ? 503 : 200)
        expect(await entitiesOf(running)).toEqual(truth())
        expect(await running.ask('GET', `/source-connections/${id}`)).toMatchObject({ body: { status: 'active' } })
      })
      expect(await readFile(path)).toEqual(bad)
      expect(await vaultOf(folder)).toEqual(before)
      await writeFile(path, good)
      await withDaemon(folder, async running => {
        for (const id of data.ids) expect(await running.run(id)).toMatchObject({ status: 'completed' })
      })
    },
  )
})

describe('the API key', () => {
  const path = (folder: string) => join(folder, 'data', 'api-key')

  it.each([0, 5])(
    'of which %d characters are left opens nothing: the start is refused, and says what to do',
    async length => {
      const folder = await data.copy()
      await truncate(path(folder), length)
      const bad = await readFile(path(folder))
      const failure = await data.start(folder).then(() => undefined, toFailure)
      expect(failure).toMatchObject({ code: 'data_folder', message: expect.stringMatching(/api-key.*delete it/) })
      expect(await readFile(path(folder))).toEqual(bad)
    },
  )

  it.each(damages.filter(([what]) => what !== 'emptied'))(
    'that is %s is another one: the old one opens nothing',
    async (_what, damage) => {
      const folder = await data.copy()
      await damage(path(folder))
      await withDaemon(folder, async ({ daemon }) => {
        const answer = await fetch(`${daemon.url}/source-connections`, { headers: { 'X-API-Key': data.key } })
        expect(answer.status).toBe(401)
      })
    },
  )
})

describe('the configuration', () => {
  it.each(damages.filter(([what]) => what !== 'with one bit changed'))(
    'that is %s stops the start with its place, and changes nothing',
    async (_what, damage) => {
      const folder = await data.copy()
      await damage(join(folder, 'config.json'))
      const before = await vaultOf(folder)
      const failure = await data.start(folder).then(() => undefined, toFailure)
      expect(failure).toMatchObject({
        code: 'bad_config',
        message: expect.stringMatching(/config\.json: not valid JSON at line/),
      })
      expect(await vaultOf(folder)).toEqual(before)
    },
  )
})

describe('the database', () => {
  const database = (folder: string, suffix = '') => join(folder, 'data', `inlet.db${suffix}`)

  it.each(['cut off in the middle', 'with its beginning changed'])(
    'that is %s is refused in one sentence, and left as it is',
    async what => {
      const folder = await data.copy()
      // Without its log, which would heal what is in it.
      await truncate(database(folder, '-wal'), 0)
      if (what === 'cut off in the middle')
        await truncate(database(folder), Math.floor((await stat(database(folder))).size / 2))
      else {
        const content = await readFile(database(folder))
        content[3] = (content[3] ?? 0) ^ 1
        await writeFile(database(folder), content)
      }
      const bad = await readFile(database(folder))
      const before = await vaultOf(folder)
      const failure = await data.start(folder).then(() => undefined, toFailure)
      expect(failure).toMatchObject({
        code: 'data_folder',
        message: expect.stringMatching(/inlet\.db .*(move it away|backup)/),
      })
      expect(failure?.message).not.toMatch(/\n/)
      expect(await readFile(database(folder))).toEqual(bad)
      expect(await vaultOf(folder)).toEqual(before)
    },
  )

  it.each(damages)(
    'whose log is %s goes on with what is left, and the next runs end in the truth',
    async (_what, damage) => {
      const folder = await data.copy()
      expect((await stat(database(folder, '-wal'))).size).toBeGreaterThan(10_000)
      await damage(database(folder, '-wal'))
      await withDaemon(folder, async running => {
        for (const id of data.ids) expect(await running.run(id)).toMatchObject({ status: 'completed' })
        expect(await entitiesOf(running)).toEqual(truth())
        // A follower is either told all that it lacks, or that its cursor is of no use any more.
        const feed = await running.ask(
          'GET',
          `/collections/all/entities?limit=1000&after=${encodeURIComponent(data.cursor)}`,
        )
        if (feed.status === 200) expect(feed.body).toMatchObject({ entities: [] })
        else expect(feed.status).toBe(422)
      })
    },
  )
})
