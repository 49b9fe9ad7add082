import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../core/errors.ts'

/** The key that opens the API; the key itself stays in here. */
export interface ApiKey {
  /** Compares in constant time, whatever the length. */
  fits(given: string): boolean
  /** A key of 32 bytes for one purpose, which tells nothing of this one. */
  derive(purpose: string): Buffer
  /** Where the key is to be read, when it was made here at this very start. */
  madeAt?: string | undefined
}

/**
 * The key given (`INLET_API_KEY`), else the one in `<dataDir>/api-key`, which is made at first start with mode 0600.
 * @throws Failure `data_folder` when the file cannot be made or read, or is empty or cut short
 */
export async function readApiKey(dataDir: string, given: string | undefined): Promise<ApiKey> {
  if (given !== undefined) return apiKey(given)
  const path = join(dataDir, 'api-key')
  const known = await read(path)
  if (known !== undefined) return apiKey(known)
  const made = randomBytes(32).toString('base64url')
  if (await write(dataDir, path, made)) return { ...apiKey(made), madeAt: path }
  return apiKey((await read(path)) ?? made)
}

export function apiKey(key: string): ApiKey {
  const wanted = digest(key)
  return {
    fits: given => timingSafeEqual(wanted, digest(given)),
    derive: purpose => createHmac('sha256', key).update(purpose).digest(),
  }
}

/** As hex, in Node's pool of small buffers: each buffer of the hash's own has memory of its own to be given back. */
function digest(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'hex'), 'latin1')
}

/** A key of fewer characters is what is left of one, and could be guessed. */
const shortest = 16

async function read(path: string): Promise<string | undefined> {
  try {
    const key = (await readFile(path, 'utf8')).trim()
    if (key === '')
      throw new Failure('data_folder', `${path} is empty: delete it, and a new key is made at the next start`)
    if (key.length < shortest)
      throw new Failure('data_folder', `${path} is cut short: delete it, and a new key is made at the next start`)
    await chmod(path, 0o600)
    return key
  } catch (error) {
    if (error instanceof Failure) throw error
    if (errorCode(error) === 'ENOENT') return undefined
    throw new Failure(
      'data_folder',
      `cannot read the API key at ${path} (${errorCode(error)}): check its owner and mode`,
    )
  }
}

/** Whole or not at all, also when the power fails; false when another process was faster. */
async function write(dataDir: string, path: string, key: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${key}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    try {
      await link(draft, path)
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    } finally {
      await unlink(draft)
    }
  } catch (error) {
    throw new Failure(
      'data_folder',
      `cannot write the API key to ${path} (${errorCode(error)}): check the folder's owner and mode`,
    )
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
