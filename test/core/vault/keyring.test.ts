import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../../core/errors.ts'
import { silentLog } from '../../../core/log.ts'
import { diskFiles } from '../../../core/vault/files.ts'
import { openKeyring } from '../../../core/vault/open-keyring.ts'
import { bare, credential, open, snapshot, temporaryFolder } from '../../support/vault-folder.ts'

const key = randomBytes(32).toString('base64')
const id = randomUUID()

/** A data folder with one credential, sealed with a key from the environment given. */
async function sealedFolder(environment: Record<string, string>): Promise<string> {
  const dataDir = await temporaryFolder()
  const vault = await open(dataDir, { environment })
  await vault.put(id, credential(1))
  await vault.close()
  return dataDir
}

async function expectOpen(dataDir: string, environment: Record<string, string>): Promise<void> {
  const vault = await open(dataDir, { environment })
  expect(vault.locked).toBe(false)
  expect(bare(await vault.get(id))).toEqual(bare(credential(1)))
}

/** Locked, says so on every call with a reason, and leaves every byte of the folder as it was. */
async function expectLocked(dataDir: string, environment: Record<string, string>, reason: RegExp): Promise<void> {
  const before = await snapshot(dataDir)
  const said: object[] = []
  const vault = await open(dataDir, { environment, log: { ...silentLog, error: fields => said.push(fields) } })
  expect(vault.locked).toBe(true)
  expect(await vault.list()).toEqual([id])
  const calls = [() => vault.get(id), () => vault.put(id, credential(2)), () => vault.delete(id)]
  for (const call of calls) {
    const failure = toFailure(
      await call().then(
        () => 'no failure',
        error => error,
      ),
    )
    expect(failure.code).toBe('vault_locked')
    expect(failure.message).toMatch(reason)
  }
  await vault.close()
  expect(await snapshot(dataDir)).toEqual(before)
  expect(said).toHaveLength(1)
}

describe('the key', () => {
  it('is made at first start and opens the vault ever after', async () => {
    const dataDir = await sealedFolder({})
    await expectOpen(dataDir, {})
    const made = Buffer.from(await readFile(join(dataDir, 'master.key'), 'utf8'), 'base64')
    expect(made).toHaveLength(32)
  })

  it('differs from folder to folder', async () => {
    const [one, other] = [await sealedFolder({}), await sealedFolder({})]
    expect(await readFile(join(one, 'master.key'))).not.toEqual(await readFile(join(other, 'master.key')))
  })

  it('may come from INLET_MASTER_KEY, in either base64 alphabet, with or without padding', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await expectOpen(dataDir, { INLET_MASTER_KEY: `${key}\n` })
    await expectOpen(dataDir, { INLET_MASTER_KEY: Buffer.from(key, 'base64').toString('base64url') })
    expect((await snapshot(dataDir)).has(join(dataDir, 'master.key'))).toBe(false)
  })

  it('may come from INLET_MASTER_KEY_FILE, as text or as bytes', async () => {
    const folder = await temporaryFolder()
    const [text, bytes] = [join(folder, 'text'), join(folder, 'bytes')]
    await writeFile(text, `${key}\n`, { mode: 0o600 })
    await writeFile(bytes, Buffer.from(key, 'base64'), { mode: 0o600 })
    const dataDir = await sealedFolder({ INLET_MASTER_KEY_FILE: text })
    await expectOpen(dataDir, { INLET_MASTER_KEY_FILE: bytes })
    await expectOpen(dataDir, { INLET_MASTER_KEY: key })
  })

  it('may come from a passphrase, however a keyboard composes it, and is never stored', async () => {
    const passphrase = 'caf\u00e9 au lait'
    const dataDir = await sealedFolder({ INLET_PASSPHRASE: passphrase })
    await expectOpen(dataDir, { INLET_PASSPHRASE: 'cafe\u0301 au lait' })
    const keyring = JSON.parse(await readFile(join(dataDir, 'keyring.json'), 'utf8'))
    expect(keyring.keys).toEqual([
      {
        id: keyring.active,
        source: 'passphrase',
        createdAt: expect.any(String),
        derivation: expect.objectContaining({ algorithm: 'argon2id', memoryKiB: 65536, passes: 3, parallelism: 4 }),
      },
    ])
    for (const content of (await snapshot(dataDir)).values()) {
      expect(Buffer.from(content, 'base64').toString()).not.toContain('au lait')
    }
  })

  it('is taken from the first source given: the key, the file, the passphrase', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'key')
    await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600 })
    const dataDir = await sealedFolder({
      INLET_MASTER_KEY: key,
      INLET_MASTER_KEY_FILE: file,
      INLET_PASSPHRASE: 'words',
    })
    await expectOpen(dataDir, { INLET_MASTER_KEY: key })
    const second = await sealedFolder({ INLET_MASTER_KEY_FILE: file, INLET_PASSPHRASE: 'words' })
    await expectOpen(second, { INLET_MASTER_KEY_FILE: file })
  })

  it('is overwritten in memory when the vault closes', async () => {
    const dataDir = await temporaryFolder()
    const environment = { INLET_MASTER_KEY: key }
    const usedKeyIds = async () => new Set<string>()
    const ring = await openKeyring({ dataDir, environment, files: diskFiles, log: silentLog, usedKeyIds })
    if ('lockedBecause' in ring) throw new Error(ring.lockedBecause)
    const keys = [...ring.keys.values()]
    expect(keys).toHaveLength(1)
    for (const bytes of keys) expect(bytes.some(byte => byte !== 0)).toBe(true)
    ring.wipe()
    for (const bytes of keys) expect([...bytes]).toEqual(Array(32).fill(0))
  })

  it('in a file that others may read is warned of', async () => {
    const dataDir = await sealedFolder({})
    await chmod(join(dataDir, 'master.key'), 0o644)
    const warned: string[] = []
    await open(dataDir, { environment: {}, log: { ...silentLog, warn: (_fields, message) => warned.push(message) } })
    expect(warned).toEqual([expect.stringContaining('mode 600')])
  })
})

describe('without the right key the vault is locked and nothing changes', () => {
  it('for another INLET_MASTER_KEY', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await expectLocked(
      dataDir,
      { INLET_MASTER_KEY: randomBytes(32).toString('base64') },
      /INLET_MASTER_KEY is not the key/,
    )
    await expectOpen(dataDir, { INLET_MASTER_KEY: key })
  })

  it.each(['short', 'AAAA', `${key}AAAA`, '%'.repeat(43), key.slice(0, -4)])('for %j, which is no key', async wrong => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await expectLocked(dataDir, { INLET_MASTER_KEY: wrong }, /32 bytes in base64/)
  })

  it('for a wrong passphrase', async () => {
    const dataDir = await sealedFolder({ INLET_PASSPHRASE: 'right' })
    await expectLocked(dataDir, { INLET_PASSPHRASE: 'wrong' }, /INLET_PASSPHRASE is not the key/)
    await expectOpen(dataDir, { INLET_PASSPHRASE: 'right' })
  })

  it('for a key file that is gone, and no new one is made', async () => {
    const dataDir = await sealedFolder({})
    const made = await readFile(join(dataDir, 'master.key'))
    await rm(join(dataDir, 'master.key'))
    await expectLocked(dataDir, {}, /put master\.key back/)
    await writeFile(join(dataDir, 'master.key'), made)
    await expectOpen(dataDir, {})
  })

  it('for a key file and keyring that are both gone', async () => {
    const dataDir = await sealedFolder({})
    await rm(join(dataDir, 'master.key'))
    await rm(join(dataDir, 'keyring.json'))
    await expectLocked(dataDir, {}, /put master\.key back/)
  })

  it('for a key of another source, and names the right one', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await expectLocked(dataDir, {}, /sealed with the key of INLET_MASTER_KEY/)
    await expectLocked(dataDir, { INLET_PASSPHRASE: 'words' }, /sealed with the key of INLET_MASTER_KEY/)
  })

  it('for a key file that cannot be read', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await expectLocked(
      dataDir,
      { INLET_MASTER_KEY_FILE: join(dataDir, 'missing') },
      /INLET_MASTER_KEY_FILE cannot be read \(ENOENT\)/,
    )
  })

  it('for a passphrase whose keyring is gone', async () => {
    const dataDir = await sealedFolder({ INLET_PASSPHRASE: 'right' })
    await rm(join(dataDir, 'keyring.json'))
    await expectLocked(dataDir, { INLET_PASSPHRASE: 'right' }, /keyring\.json is missing/)
  })

  it.each([
    '',
    '{',
    '[]',
    '{"v":2,"active":"x","keys":[]}',
    '{"v":1,"active":"x","keys":[{"id":"x","source":"moon"}]}',
  ])('for a keyring that is damaged: %j', async content => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await writeFile(join(dataDir, 'keyring.json'), content)
    await expectLocked(dataDir, { INLET_MASTER_KEY: key }, /keyring\.json is damaged/)
  })

  it('for a keyring whose derivation would take all memory', async () => {
    const dataDir = await sealedFolder({ INLET_PASSPHRASE: 'right' })
    const path = join(dataDir, 'keyring.json')
    const keyring = JSON.parse(await readFile(path, 'utf8'))
    keyring.keys[0].derivation.memoryKiB = 2 ** 31
    await writeFile(path, JSON.stringify(keyring))
    await expectLocked(dataDir, { INLET_PASSPHRASE: 'right' }, /keyring\.json is damaged/)
  })

  it('when every credential is damaged: another key is not taken for the right one', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    await writeFile(join(dataDir, 'vault', `${id}.json`), 'damaged')
    await expectLocked(dataDir, { INLET_MASTER_KEY: randomBytes(32).toString('base64') }, /is not the key/)
  })
})

describe('the keyring', () => {
  it('is written again when it was lost and the key is at hand', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    const keyring = async () => JSON.parse(await readFile(join(dataDir, 'keyring.json'), 'utf8'))
    const { active, keys } = await keyring()
    await rm(join(dataDir, 'keyring.json'))
    await expectOpen(dataDir, { INLET_MASTER_KEY: key })
    // When it was made is lost with it.
    expect(await keyring()).toEqual({ v: 1, active, keys: [{ id: active, source: keys[0].source }] })
  })

  it('takes another key while there is nothing to lose', async () => {
    const dataDir = await temporaryFolder()
    await (await open(dataDir, { environment: {} })).close()
    const vault = await open(dataDir, { environment: { INLET_PASSPHRASE: 'words' } })
    expect(vault.locked).toBe(false)
    await vault.put(id, credential(1))
    await vault.close()
    await expectOpen(dataDir, { INLET_PASSPHRASE: 'words' })
  })

  it('leaves a file of an unknown key alone, and the others open', async () => {
    const dataDir = await sealedFolder({ INLET_MASTER_KEY: key })
    const stranger = await sealedFolder({ INLET_MASTER_KEY: randomBytes(32).toString('base64') })
    const foreign = await readFile(join(stranger, 'vault', `${id}.json`))
    const other = randomUUID()
    await writeFile(join(dataDir, 'vault', `${other}.json`), foreign)
    const vault = await open(dataDir, { environment: { INLET_MASTER_KEY: key } })
    expect(toFailure(await vault.get(other).catch(error => error))).toMatchObject({
      code: 'data_folder',
      message: expect.stringContaining('not in the keyring'),
    })
    expect(bare(await vault.get(id))).toEqual(bare(credential(1)))
    expect(await readFile(join(dataDir, 'vault', `${other}.json`))).toEqual(foreign)
  })

  it('survives a first start that is cut short between the key file and itself', async () => {
    const dataDir = await temporaryFolder()
    const made = randomBytes(32).toString('base64')
    await writeFile(join(dataDir, 'master.key'), `${made}\n`, { mode: 0o600 })
    const vault = await open(dataDir, { environment: {} })
    await vault.put(id, credential(1))
    await vault.close()
    expect(await readFile(join(dataDir, 'master.key'), 'utf8')).toBe(`${made}\n`)
    await expectOpen(dataDir, { INLET_MASTER_KEY: made })
  })
})
