import { randomUUID } from 'node:crypto'
import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Failure, toFailure } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { settle } from '../../support/fake-clock.ts'
import { type MemoryFiles, memoryFiles } from '../../support/memory-files.ts'
import {
  bare,
  credential,
  open,
  snapshot,
  systemError,
  temporaryFolder,
  watchedFiles,
} from '../../support/vault-folder.ts'

const fileOf = (dataDir: string, id: string) => join(dataDir, 'vault', `${id}.json`)

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('a credential at rest', () => {
  it('comes back whole after a restart', async () => {
    const dataDir = await temporaryFolder()
    const id = randomUUID()
    const whole = credential(7, {
      fields: { tenant: 'common' },
      expiresAt: '2026-01-01T01:00:00.000Z',
      refreshTokenExpiresAt: '2026-01-08T00:00:00.000Z',
      intent: { startedAt: '2026-01-01T00:59:00.000Z', repeats: true },
    })
    const vault = await open(dataDir)
    await vault.put(id, whole)
    await vault.close()
    expect(bare(await (await open(dataDir)).get(id))).toEqual(bare(whole))
  })

  it('is undefined where nothing was stored or it was deleted', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    expect(await vault.get(id)).toBeUndefined()
    await vault.put(id, credential(1))
    await vault.delete(id)
    await vault.delete(id)
    expect(await vault.get(id)).toBeUndefined()
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })

  it('is in no file in clear, and nobody else may read its file', async () => {
    const dataDir = await temporaryFolder()
    const canary = 'canary-7c1f'
    const vault = await open(dataDir, { environment: {} })
    const secret = new Secret(canary)
    await vault.put(randomUUID(), credential(1, { accessToken: secret, refreshToken: secret, clientSecret: secret }))
    const files = await snapshot(dataDir)
    expect(files.size).toBe(3)
    for (const [path, content] of files) {
      expect(Buffer.from(content, 'base64').toString('latin1')).not.toContain(canary)
      expect((await stat(path)).mode & 0o777, path).toBe(0o600)
    }
    expect((await stat(join(dataDir, 'vault'))).mode & 0o777).toBe(0o700)
  })

  it('keeps mode 0600 when it is stored again over a file with another mode', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    await vault.put(id, credential(1))
    await chmod(fileOf(dataDir, id), 0o644)
    await vault.put(id, credential(2))
    expect((await stat(fileOf(dataDir, id))).mode & 0o777).toBe(0o600)
  })

  it('is sealed with a fresh nonce each time', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    const nonces = new Set<unknown>()
    for (let generation = 1; generation <= 50; generation++) {
      await vault.put(id, credential(generation))
      nonces.add(JSON.parse(await readFile(fileOf(dataDir, id), 'utf8')).nonce)
    }
    expect(nonces.size).toBe(50)
  })

  it('costs the same to store beside ten others and beside three hundred', async () => {
    const dataDir = await temporaryFolder()
    let operations: string[] = []
    const vault = await open(dataDir, { files: watchedFiles(operation => operations.push(operation)) })
    const cost: string[][] = []
    for (let count = 0; count < 300; count++) {
      operations = []
      await vault.put(randomUUID(), credential(1))
      if (count === 10 || count === 299) cost.push(operations)
    }
    expect(cost[0]).toEqual(cost[1])
    expect(cost[0]).not.toContain('list')
    expect(await vault.list()).toHaveLength(300)
  })
})

describe('a file that is not as it was stored', () => {
  it('is refused with any bit of it changed, cut off at any byte, or with anything added; and is kept', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    await vault.put(id, credential(1))
    const path = fileOf(dataDir, id)
    const good = await readFile(path)
    const edits: Buffer[] = [Buffer.concat([good, Buffer.from('\n')]), Buffer.concat([Buffer.from(' '), good])]
    for (let at = 0; at < good.length; at++) {
      edits.push(good.subarray(0, at))
      for (const bit of new Set([0, 5, at % 8])) {
        const edited = Buffer.from(good)
        edited[at] = (edited[at] ?? 0) ^ (1 << bit)
        edits.push(edited)
      }
    }
    expect(edits.length).toBeGreaterThan(good.length * 3)
    for (const edited of edits) {
      await writeFile(path, edited)
      const failure = await vault.get(id).then(() => undefined, toFailure)
      expect(failure?.code, edited.toString()).toBe('data_folder')
    }
    expect(await readFile(path)).toEqual(edits.at(-1))
    await writeFile(path, good)
    expect(bare(await vault.get(id))).toEqual(bare(credential(1)))
  })

  it('says that it is kept and what to do, and holds no secret', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    await vault.put(id, credential(1))
    await writeFile(fileOf(dataDir, id), '{}')
    const failure = await failureOf(vault.get(id))
    expect(failure).toMatchObject({ code: 'data_folder', connectionId: id })
    expect(failure.message).toMatch(/kept as it is.*backup.*auth_fields/)
    expect(inspect(failure, { depth: 9 })).not.toMatch(/access-1|refresh-1|client-secret/)
  })

  it('is refused when it was copied from another connection, and concerns that connection alone', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const [one, other] = [randomUUID(), randomUUID()]
    await vault.put(one, credential(1))
    await vault.put(other, credential(1))
    await copyFile(fileOf(dataDir, other), fileOf(dataDir, one))
    expect((await failureOf(vault.get(one))).code).toBe('data_folder')
    expect(bare(await vault.get(other))).toEqual(bare(credential(1)))
    expect((await vault.list()).sort()).toEqual([one, other].sort())
  })

  it.each([
    ['generation', (file: Record<string, unknown>) => ({ ...file, generation: 9 })],
    ['key id', (file: Record<string, unknown>) => ({ ...file, keyId: '0'.repeat(32) })],
    ['version', (file: Record<string, unknown>) => ({ ...file, v: 2 })],
    ['members', (file: Record<string, unknown>) => ({ ...file, note: 'mine' })],
  ])('is refused with another %s', async (_what, edit) => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    await vault.put(id, credential(1))
    const path = fileOf(dataDir, id)
    await writeFile(path, `${JSON.stringify(edit(JSON.parse(await readFile(path, 'utf8'))))}\n`)
    expect((await failureOf(vault.get(id))).code).toBe('data_folder')
  })

  it('is not written over by a refresh, and set aside when new auth fields come', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    for (const [generation, content] of [['3', 'first damage'] as const, ['4', 'second damage'] as const]) {
      await writeFile(fileOf(dataDir, id), content)
      expect((await failureOf(vault.put(id, credential(2), { replaces: 1 }))).code).toBe('data_folder')
      expect(await readFile(fileOf(dataDir, id), 'utf8')).toBe(content)
      await vault.put(id, credential(Number(generation)))
      expect((await vault.get(id))?.generation).toBe(Number(generation))
    }
    expect(await readFile(`${fileOf(dataDir, id)}.damaged-1`, 'utf8')).toBe('first damage')
    expect(await readFile(`${fileOf(dataDir, id)}.damaged-2`, 'utf8')).toBe('second damage')
    expect(await vault.list()).toEqual([id])
    await vault.delete(id)
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })
})

describe('the generation', () => {
  it('lets one of many writers replace the same one', async () => {
    const vault = await open(await temporaryFolder())
    const id = randomUUID()
    await vault.put(id, credential(1))
    const writers = Array.from({ length: 20 }, (_, number) =>
      vault.put(id, credential(2, { clientId: `writer-${number}` }), { replaces: 1 }),
    )
    const outcomes = await Promise.allSettled(writers)
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
    const losers = outcomes.filter(outcome => outcome.status === 'rejected')
    expect(losers).toHaveLength(19)
    for (const { reason } of losers) expect(toFailure(reason).code).toBe('conflict')
    expect((await vault.get(id))?.clientId).toBe(`writer-${winner}`)
  })

  it('never goes back, stands still without saying so, or revives a deleted credential', async () => {
    const vault = await open(await temporaryFolder())
    const id = randomUUID()
    await vault.put(id, credential(5))
    expect((await failureOf(vault.put(id, credential(5)))).code).toBe('conflict')
    expect((await failureOf(vault.put(id, credential(4)))).code).toBe('conflict')
    expect((await failureOf(vault.put(id, credential(4), { replaces: 5 }))).code).toBe('conflict')
    await vault.put(id, credential(5, { intent: { startedAt: '2026-01-01T00:00:00.000Z' } }), { replaces: 5 })
    expect((await vault.get(id))?.intent).toBeDefined()
    await vault.delete(id)
    expect((await failureOf(vault.put(id, credential(6), { replaces: 5 }))).code).toBe('conflict')
    expect(await vault.get(id)).toBeUndefined()
  })
})

describe('the vault', () => {
  it.each([
    '',
    '..',
    '../keyring',
    '../../etc/passwd',
    'a/b',
    `${randomUUID()}/..`,
    `${randomUUID()}\n`,
    randomUUID().toUpperCase(),
  ])('takes no path for a connection id: %j', async id => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const before = await snapshot(dataDir)
    for (const work of [() => vault.get(id), () => vault.put(id, credential(1)), () => vault.delete(id)]) {
      expect((await failureOf(work())).code).toBe('invalid')
    }
    expect(await snapshot(dataDir)).toEqual(before)
  })

  it('is closed for good, after what was being written', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const id = randomUUID()
    const writing = vault.put(id, credential(1))
    await vault.close()
    await writing
    for (const work of [() => vault.get(id), () => vault.put(id, credential(2)), () => vault.delete(id)]) {
      expect((await failureOf(work())).code).toBe('closing')
    }
    expect(bare(await (await open(dataDir)).get(id))).toEqual(bare(credential(1)))
  })
})

describe("a webhook's secrets at rest", () => {
  const secret = (text: string) => new Secret(text)
  const whole = {
    url: 'https://example.com/hook',
    secret: secret('whsec_new'),
    previous: [{ secret: secret('whsec_old'), until: '2026-01-02T00:00:00.000Z' }],
    headers: { Authorization: secret('Bearer mine') },
  }
  const revealed = {
    url: 'https://example.com/hook',
    secret: 'whsec_new',
    previous: [{ secret: 'whsec_old', until: '2026-01-02T00:00:00.000Z' }],
    headers: { Authorization: 'Bearer mine' },
  }
  const reveal = (value: unknown): unknown =>
    value instanceof Secret
      ? value.reveal()
      : Array.isArray(value)
        ? value.map(reveal)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, reveal(member)]))
          : value

  it('come back whole after a restart and another key, and go without a trace', async () => {
    const dataDir = await temporaryFolder()
    const id = randomUUID()
    const vault = await open(dataDir, { environment: {} })
    await vault.putWebhook(id, whole)
    await vault.rotate({ generate: true })
    await vault.close()
    const again = await open(dataDir, { environment: {} })
    expect(reveal(await again.webhook(id))).toEqual(revealed)
    expect(await again.list()).toEqual([])
    expect(await again.status()).toMatchObject({ unreadable: [], sealedWithOldKey: 0 })
    const files = await snapshot(dataDir)
    expect(files.size).toBeGreaterThan(1)
    for (const content of files.values())
      expect(Buffer.from(content, 'base64').toString('latin1')).not.toMatch(/whsec_|Bearer|example\.com/)
    await again.deleteWebhook(id)
    expect(await again.webhook(id)).toBeUndefined()
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })

  it('that were put in the place of another are refused, and the words say what to do', async () => {
    const dataDir = await temporaryFolder()
    const [one, other] = [randomUUID(), randomUUID()]
    const vault = await open(dataDir)
    await vault.putWebhook(one, whole)
    await copyFile(fileOf(dataDir, `${one}.webhook`), fileOf(dataDir, `${other}.webhook`))
    const failure = await failureOf(vault.webhook(other))
    expect(failure.code).toBe('data_folder')
    expect(failure.message).toMatch(/give the webhook anew/)
  })
})

/** The next sync of a folder ends when it is told to, with everything renamed before it. */
function holdFolder(disk: MemoryFiles): { begun: Promise<void>; end(): void } {
  const { syncFolder } = disk
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  disk.syncFolder = async folder => {
    disk.syncFolder = syncFolder
    begun.resolve()
    await ended.promise
    await syncFolder(folder)
  }
  return { begun: begun.promise, end: ended.resolve }
}

describe('a credential that is being stored', () => {
  it('is read once it would survive a power cut, and not before', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk })
    const id = randomUUID()
    await vault.put(id, credential(1))
    const folder = holdFolder(disk)
    const stored = vault.put(id, credential(2))
    await folder.begun
    let read: number | undefined
    const reading = vault.get(id).then(found => {
      read = found?.generation
    })
    // Its file has the new content already.
    await settle()
    expect(read).toBeUndefined()
    folder.end()
    await Promise.all([stored, reading])
    expect(read).toBe(2)
    await vault.close()
  })

  it('does not keep a reader from what is there when it cannot be stored', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk })
    const id = randomUUID()
    await vault.put(id, credential(1))
    disk.before = operation => {
      if (operation === 'create') throw systemError('ENOSPC')
    }
    const refused = failureOf(vault.put(id, credential(2)))
    expect((await vault.get(id))?.generation).toBe(1)
    expect((await refused).code).toBe('data_folder')
  })
})

describe('many that are stored at once', () => {
  it('share the wait for the folder, and each survives a power cut when it is told that it is stored', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk })
    const { syncFolder } = disk
    let syncs = 0
    disk.syncFolder = async folder => {
      syncs++
      // A disk takes its time; what is renamed meanwhile may not be covered.
      const covered = syncFolder(folder)
      await new Promise(resolve => setImmediate(resolve))
      await covered
    }
    const many = Array.from({ length: 40 }, () => randomUUID())
    const survivals = many.map(async id => {
      await vault.put(id, credential(1))
      return (await disk.afterPowerCut('least').list('/data/vault')).includes(`${id}.json`)
    })
    expect(await Promise.all(survivals)).toEqual(many.map(() => true))
    expect(syncs).toBeLessThan(many.length)
  })

  it('hear of a folder that could not be synced, and only those whom it concerns', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk })
    let isFailing = true
    const { syncFolder } = disk
    disk.syncFolder = async folder => {
      await new Promise(resolve => setImmediate(resolve))
      if (isFailing) throw systemError('EIO')
      await syncFolder(folder)
    }
    const [first, second] = [randomUUID(), randomUUID()]
    const refused = failureOf(vault.put(first, credential(1)))
    expect((await refused).code).toBe('data_folder')
    isFailing = false
    await Promise.all([vault.put(second, credential(1)), vault.put(first, credential(2))])
    expect((await disk.afterPowerCut('least').list('/data/vault')).toSorted()).toEqual(
      [`${first}.json`, `${second}.json`].toSorted(),
    )
  })
})
