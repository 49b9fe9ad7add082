/**
 * The names in `<dataDir>/vault/`: a sealed file for each connection, OAuth client and webhook, and files that did not
 * open and were set aside.
 */
import { basename, join } from 'node:path'
import { Failure } from '../errors.ts'
import { readIfThere } from './adapter.ts'
import { decodeEnvelope } from './envelope.ts'
import type { Files } from './files.ts'

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** An OAuth client has a file of its own beside the credential of the same id. */
const clientMark = '.client'
const webhookMark = '.webhook'
const name = `${uuid}(?:\\${clientMark}|\\${webhookMark})?`
const idPattern = new RegExp(`^${name}$`)
const filePattern = new RegExp(`^(${name})\\.json$`)
const setAsidePattern = new RegExp(`^${name}\\.json\\.damaged-\\d+$`)

/** Only a UUID names a file, so that no id leads out of the folder. */
export function pathOf(folder: string, connectionId: string): string {
  if (!idPattern.test(connectionId)) throw new Failure('invalid', 'a connection id is a UUID in lower case')
  return join(folder, `${connectionId}.json`)
}

/** The name of an OAuth client's file, as `pathOf` takes it. */
export function clientIdOf(id: string): string {
  return `${id}${clientMark}`
}

/** The name of a webhook's file, as `pathOf` takes it. */
export function webhookIdOf(id: string): string {
  return `${id}${webhookMark}`
}

export function isWebhook(id: string): boolean {
  return id.endsWith(webhookMark)
}

export function isCredential(id: string): boolean {
  return !id.endsWith(clientMark) && !isWebhook(id)
}

export function setAsidePath(path: string, number: number): string {
  return `${path}.damaged-${number}`
}

export function idOf(path: string): string | undefined {
  return filePattern.exec(basename(path))?.[1]
}

export function isSetAside(fileName: string): boolean {
  return setAsidePattern.test(fileName)
}

/** Connection ids that have a file, and those of OAuth clients and webhooks. */
export async function listIds(files: Files, folder: string): Promise<string[]> {
  const names = await onDisk(() => files.list(folder))
  return names.flatMap(name => idOf(name) ?? [])
}

/**
 * Ids of the keys that files name, as far as `counts` takes the file. One that cannot be read counts as sealed with a
 * key of no name: it may be one that only the right key opens.
 */
export async function usedKeyIds(
  files: Files,
  folder: string,
  counts: (name: string) => boolean = name => idOf(name) !== undefined || isSetAside(name),
): Promise<Set<string>> {
  const names = await onDisk(() => files.list(folder))
  const ids = new Set<string>()
  for (const name of names.filter(counts)) {
    const content = await readIfThere(files, join(folder, name))
    if (content) ids.add(decodeEnvelope(content)?.keyId ?? '')
  }
  return ids
}

/** @throws Failure `data_folder` in place of the system's errors */
export async function onDisk<Result>(work: () => Promise<Result>, what = "the vault's folder"): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failure('data_folder', `${what} cannot be read or written (${code})`, { cause: error })
  }
}
