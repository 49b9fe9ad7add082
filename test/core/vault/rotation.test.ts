import { randomBytes, randomUUID } from 'node:crypto'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { toFailure } from '../../../core/errors.ts'
import { silentLog } from '../../../core/log.ts'
import { Secret } from '../../../core/secret.ts'
import { diskFiles, type Files } from '../../../core/vault/files.ts'
import type { NewKey, Vault } from '../../../core/vault/index.ts'
import { memoryFiles } from '../../support/memory-files.ts'
import { bare, credential, masterKey, open, settled, snapshot, temporaryFolder } from '../../support/vault-folder.ts'

const newKey = () => randomBytes(32).toString('base64')
const given = (text: string): NewKey => ({ key: new Secret(text) })
const fileOf = (dataDir: string, id: string) => join(dataDir, 'vault', `${id}.json`)

async function keyring(dataDir: string): Promise<{ active: string; keys: { id: string; source: string }[] }> {
  return JSON.parse(await readFile(join(dataDir, 'keyring.json'), 'utf8'))
}

async function fill(vault: Vault, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  for (const id of ids) await vault.put(id, credential(1, { clientId: id }))
  return ids
}

async function expectAll(vault: Vault, ids: readonly string[]): Promise<void> {
  expect(ids.length).toBeGreaterThan(0)
  for (const id of ids) expect((await vault.get(id))?.clientId).toBe(id)
}

const moves: {
  from: string
  to: string
  before: Record<string, string>
  next: NewKey
  after: Record<string, string>
}[] = [
  { from: 'a generated key', to: 'another', before: {}, next: { generate: true }, after: {} },
  ...['environment', 'file', 'passphrase'].map(to => {
    const text = newKey()
    const passphrase = { passphrase: new Secret('new words') }
    const next = to === 'passphrase' ? passphrase : { key: new Secret(text), keptIn: to as 'environment' | 'file' }
    const after: Record<string, string> =
      to === 'passphrase' ? { INLET_PASSPHRASE: 'new words' } : { INLET_MASTER_KEY: text }
    return { from: 'a generated key', to, before: {}, next, after }
  }),
  {
    from: 'INLET_MASTER_KEY',
    to: 'a generated key',
    before: { INLET_MASTER_KEY: masterKey },
    next: { generate: true },
    after: {},
  },
  {
    ...{ from: 'a passphrase', to: 'another', before: { INLET_PASSPHRASE: 'old words' } },
    ...{ next: { passphrase: new Secret('new words') }, after: { INLET_PASSPHRASE: 'new words' } },
  },
]

describe('a rotation', () => {
  it.each(moves)('moves every credential from $from to $to, and the old key opens nothing any more', async move => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: move.before })
    const ids = await fill(vault, 3)
    const old = await snapshot(dataDir)
    await vault.rotate(move.next)
    await expectAll(vault, ids)
    const { active, keys } = await keyring(dataDir)
    expect(keys.map(({ id }) => id)).toEqual([active])
    for (const id of ids) expect(JSON.parse(await readFile(fileOf(dataDir, id), 'utf8')).keyId).toBe(active)
    await vault.put(ids[0] ?? '', credential(2, { clientId: ids[0] }))
    await vault.close()

    const again = await open(dataDir, { environment: move.after })
    expect(again.locked).toBe(false)
    await expectAll(again, ids)
    await again.close()
    const kept =
      Object.keys(move.after).length === 0 ? ['keyring.json', 'master.key', 'vault'] : ['keyring.json', 'vault']
    expect((await readdir(dataDir)).sort()).toEqual(kept)
    if (kept.includes('master.key')) {
      // Generated keys have no other place: the old one is what the file was.
      const before = old.get(join(dataDir, 'master.key'))
      expect((await readFile(join(dataDir, 'master.key'))).toString('base64')).not.toBe(before)
    } else {
      const stale = await open(dataDir, { environment: move.before })
      expect(stale.locked).toBe(true)
      await expect(stale.get(ids[0] ?? '')).rejects.toThrow(/give|missing/)
    }
  })

  it('changes nothing in a credential, the mark of a refresh under way included', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const id = randomUUID()
    const whole = credential(7, { fields: { tenant: 'common' }, intent: { startedAt: '2026-01-01T00:59:00.000Z' } })
    await vault.put(id, whole)
    await vault.rotate()
    expect(bare(await vault.get(id))).toEqual(bare(whole))
  })

  it('takes no key that seals already or is none, nor none where none can be made; nothing is changed then', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    const ids = await fill(vault, 2)
    const before = await snapshot(dataDir)
    const wrong = [given(masterKey), given('short'), undefined]
    for (const next of wrong) {
      expect((await vault.rotate(next).then(() => undefined, toFailure))?.code).toBe('invalid')
      expect(await snapshot(dataDir)).toEqual(before)
    }
    expect(wrong).toHaveLength(3)
    await expectAll(vault, ids)
  })

  it('never writes a key in clear, but a generated one to its file', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const ids = await fill(vault, 2)
    // Keeps the old key where it is.
    await writeFile(fileOf(dataDir, ids[0] ?? ''), 'damaged')
    const made = (await readFile(join(dataDir, 'master.key'), 'utf8')).trim()
    const text = newKey()
    await vault.rotate(given(text))
    await vault.rotate({ passphrase: new Secret('correct horse') })
    expect((await keyring(dataDir)).keys).toHaveLength(3)
    const files = await snapshot(dataDir)
    expect(files.size).toBeGreaterThan(2)
    for (const [path, content] of files) {
      const bytes = Buffer.from(content, 'base64')
      expect(bytes.includes('correct horse'), path).toBe(false)
      for (const key of [text, ...(path.endsWith('master.key') ? [] : [made])]) {
        expect(bytes.includes(key), path).toBe(false)
        expect(bytes.includes(Buffer.from(key, 'base64')), path).toBe(false)
      }
    }
  })

  it('tells its state: which key, since when, what is left', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {}, clock: { ...systemClock, now: () => Date.UTC(2026, 0, 2) } })
    await fill(vault, 3)
    const first = await vault.status()
    expect(first).toEqual({
      locked: false,
      lockedBecause: undefined,
      key: { id: (await keyring(dataDir)).active, source: 'generated', createdAt: '2026-01-02T00:00:00.000Z' },
      oldKeys: [],
      rotation: 'none',
      credentials: 3,
      sealedWithOldKey: 0,
      unreadable: [],
    })
    const rotating = vault.rotate(given(newKey()))
    expect((await vault.status()).rotation).toBe('running')
    await rotating
    expect(await vault.status()).toMatchObject({ rotation: 'none', key: { source: 'environment' }, oldKeys: [] })
  })
})

describe('a file that does not open during a rotation', () => {
  it('is kept and told, stops nothing else, and keeps the old key until it is put right', async () => {
    const dataDir = await temporaryFolder()
    const warned: object[] = []
    const log = { ...silentLog, warn: (fields: object) => void warned.push(fields) }
    const vault = await open(dataDir, { environment: {}, log })
    const ids = await fill(vault, 5)
    const [broken = '', other = '', ...rest] = ids
    const good = await readFile(fileOf(dataDir, broken))
    await writeFile(fileOf(dataDir, broken), good.subarray(0, 50))
    await vault.rotate()
    await expectAll(vault, [other, ...rest])
    expect((await readFile(fileOf(dataDir, broken))).length).toBe(50)
    expect(warned).toContainEqual(expect.objectContaining({ unreadable: [broken] }))
    expect(await vault.status()).toMatchObject({
      rotation: 'unfinished',
      credentials: 5,
      sealedWithOldKey: 0,
      unreadable: [{ connectionId: broken, reason: expect.stringMatching(/kept as it is/) }],
    })
    expect((await keyring(dataDir)).keys).toHaveLength(2)
    expect(await readdir(dataDir)).not.toContain('master.key.next')
    await vault.close()

    // Put back from a backup of before: the old key, which only the keyring still has, opens it.
    await writeFile(fileOf(dataDir, broken), good)
    const again = await open(dataDir, { environment: {} })
    await expectAll(again, ids)
    await settled(again)
    expect((await keyring(dataDir)).keys).toHaveLength(1)
    await expectAll(again, ids)
  })

  it('keeps all the old keys through further rotations', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const ids = await fill(vault, 2)
    const [broken = '', other = ''] = ids
    const good = await readFile(fileOf(dataDir, broken))
    await writeFile(fileOf(dataDir, broken), 'damaged')
    await vault.rotate()
    await vault.rotate()
    const text = newKey()
    await vault.rotate(given(text))
    expect((await keyring(dataDir)).keys).toHaveLength(4)
    await expectAll(vault, [other])
    await vault.close()
    await writeFile(fileOf(dataDir, broken), good)
    const again = await open(dataDir, { environment: { INLET_MASTER_KEY: text } })
    await expectAll(again, ids)
    await settled(again)
    expect((await keyring(dataDir)).keys).toHaveLength(1)
  })

  it('keeps the old key also where it was set aside for new auth fields, until its connection is deleted', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const [broken = '', other = ''] = await fill(vault, 2)
    await copyFile(fileOf(dataDir, other), fileOf(dataDir, broken))
    await vault.put(broken, credential(2, { clientId: broken }))
    await vault.rotate()
    expect(await vault.status()).toMatchObject({ rotation: 'unfinished', unreadable: [], sealedWithOldKey: 0 })
    await vault.delete(broken)
    await vault.rotate()
    expect((await keyring(dataDir)).keys).toHaveLength(1)
    await expectAll(vault, [other])
  })

  it('does not make an edited keyring drop a key: the vault is locked, and everything stays', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const [broken = ''] = await fill(vault, 2)
    await writeFile(fileOf(dataDir, broken), 'damaged')
    await vault.rotate()
    await vault.close()
    const ring = await keyring(dataDir)
    const wrapped = ring.keys.map(key => ('wrapped' in key ? { ...key, wrapped: newKey() } : key))
    await writeFile(join(dataDir, 'keyring.json'), JSON.stringify({ ...ring, keys: wrapped }))
    const before = await snapshot(dataDir)
    const again = await open(dataDir, { environment: {} })
    expect(again.lockedBecause).toMatch(/keyring\.json is damaged/)
    await again.close()
    expect(await snapshot(dataDir)).toEqual(before)
  })
})

describe('while a rotation is under way', () => {
  it('writers lose nothing, readers are never refused', async () => {
    const dataDir = '/data'
    const vault = await open(dataDir, { files: memoryFiles(), environment: {} })
    const ids = await fill(vault, 12)
    let rotating = true
    let [reads, writes] = [0, 0]
    const promised = new Map<string, number>()
    const write = async (id: string) => {
      while (rotating) {
        const stored = await vault.get(id)
        if (!stored) throw new Error('it is gone')
        reads++
        const next = credential(stored.generation + 1, { clientId: id })
        await vault.put(id, next, { replaces: stored.generation })
        promised.set(id, next.generation)
        writes++
      }
    }
    const created: string[] = []
    const create = async () => {
      while (rotating && created.length < 60) created.push(...(await fill(vault, 1)))
    }
    const writers = [...ids.slice(0, 8).map(write), create()]
    for (let round = 0; round < 15; round++) await vault.rotate()
    rotating = false
    await Promise.all(writers)
    expect(Math.min(reads, writes, created.length)).toBeGreaterThan(15)
    for (const [id, generation] of promised) expect((await vault.get(id))?.generation).toBe(generation)
    await vault.rotate()
    await expectAll(vault, [...ids, ...created])
    expect((await vault.status()).sealedWithOldKey).toBe(0)
  })

  it('a refresh waits for its own connection alone', async () => {
    const dataDir = await temporaryFolder()
    const slow = randomUUID()
    const other = randomUUID()
    let isStuck = false
    const stuck = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const files: Files = {
      ...diskFiles,
      async rename(from, to) {
        if (isStuck && to === fileOf(dataDir, slow)) {
          stuck.resolve()
          await release.promise
        }
        await diskFiles.rename(from, to)
      },
    }
    const vault = await open(dataDir, { files, environment: {} })
    for (const id of [slow, other]) await vault.put(id, credential(1))
    isStuck = true
    const rotating = vault.rotate()
    await stuck.promise
    await vault.put(other, credential(2), { replaces: 1 })
    expect((await vault.get(slow))?.generation).toBe(1)
    const waiting = vault.put(slow, credential(2), { replaces: 1 })
    release.resolve()
    await waiting
    await rotating
    expect((await vault.get(slow))?.generation).toBe(2)
    expect((await vault.get(other))?.generation).toBe(2)
  })

  it('a second one is refused, and asking for it to go on joins it', async () => {
    const turned: object[] = []
    const log = {
      ...silentLog,
      info: (fields: object, message: string) => void (/new key/.test(message) && turned.push(fields)),
    }
    const vault = await open(await temporaryFolder(), { environment: {}, log })
    await fill(vault, 5)
    const first = vault.rotate()
    const joined = vault.rotate()
    const refused = toFailure(await vault.rotate(given(newKey())).catch(error => error))
    expect(refused.code).toBe('conflict')
    await Promise.all([first, joined])
    expect(turned).toHaveLength(1)
    expect(await vault.status()).toMatchObject({ rotation: 'none', sealedWithOldKey: 0 })
  })

  it('closing ends it soon, and the next start goes on by itself', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const ids = await fill(vault, 20)
    const rotating = vault.rotate().then(() => undefined, toFailure)
    while ((await keyring(dataDir)).keys.length < 2) await new Promise(resolve => setImmediate(resolve))
    await vault.close()
    expect((await rotating)?.code).toBe('interrupted')
    const again = await open(dataDir, { environment: {} })
    await expectAll(again, ids)
    await settled(again)
    expect(await again.status()).toMatchObject({ rotation: 'none', sealedWithOldKey: 0, oldKeys: [] })
    await expectAll(again, ids)
  })
})

describe('work that no rotation may begin in', () => {
  it('is waited for by the next rotation, also where it fails, and a closed vault begins none', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    await fill(vault, 2)
    const before = await snapshot(dataDir)
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    const held = vault.withoutRotations(() => first.promise)
    const failing = vault.withoutRotations(() => second.promise)
    const rotation = vault.rotate()
    first.resolve('done')
    expect(await held).toBe('done')
    expect(await snapshot(dataDir)).toEqual(before)
    second.reject(new Error('no room'))
    await expect(failing).rejects.toThrow('no room')
    await rotation
    expect(await snapshot(dataDir)).not.toEqual(before)

    const third = Promise.withResolvers<string>()
    const last = vault.withoutRotations(() => third.promise)
    const late = vault.rotate()
    await vault.close()
    third.resolve('done')
    await last
    await expect(late).rejects.toMatchObject({ code: 'closing' })
  })
})
