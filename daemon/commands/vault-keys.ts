/** Where the vault's commands take keys from: the environment, a file, a prompt; never words of the command line. */
import { readFile } from 'node:fs/promises'
import { Failure } from '../../core/errors.ts'
import type { Ask } from '../command-line/context.ts'
import type { VaultBody } from '../schemas/vault.ts'

/** As the API takes it; an empty one leaves it to inlet. */
export interface KeyBody {
  key?: string
  kept_in?: 'environment' | 'file'
  passphrase?: string
  generate?: true
}

export interface KeyWords {
  keyFile?: string | undefined
  passphrase: boolean
  generate: boolean
}

type Environment = Readonly<Record<string, string | undefined>>
type Source = NonNullable<VaultBody['key']>['source'] | undefined

/** The key to turn to. @throws Failure `bad_config` when there is none to be had */
export async function newKey(
  words: KeyWords,
  environment: Environment,
  { key, rotation }: Pick<VaultBody, 'key' | 'rotation'>,
  ask: Ask | undefined,
): Promise<KeyBody> {
  const found = words.generate ? { generate: true as const } : await keyIn(words, environment, 'INLET_NEW_')
  if (found) return found
  if (words.passphrase || (key?.source === 'passphrase' && rotation === 'none' && ask)) return askTwice(ask)
  if (key?.source === 'generated' || rotation !== 'none') return {}
  const name =
    key?.source === 'file' ? 'INLET_NEW_MASTER_KEY_FILE or --key-file' : newNames[key?.source ?? 'environment']
  throw new Failure(
    'bad_config',
    `give the new key in ${name}, or have one made with --generate: see inlet vault --help`,
  )
}

/** The key that opens the vault. */
export async function presentKey(
  words: KeyWords,
  environment: Environment,
  source: Source,
  ask: Ask | undefined,
): Promise<KeyBody> {
  const found = await keyIn(words, environment, 'INLET_')
  if (found) return withoutPlace(found)
  if (words.passphrase || (source === 'passphrase' && ask)) {
    return { passphrase: await asked(ask, 'Passphrase of the vault (not shown): ') }
  }
  if (source === 'environment' && ask) return { key: await asked(ask, 'Key of the vault, in base64 (not shown): ') }
  return {}
}

const newNames = {
  environment: 'INLET_NEW_MASTER_KEY',
  passphrase: 'INLET_NEW_PASSPHRASE',
  generated: 'INLET_NEW_MASTER_KEY',
} as const

async function keyIn(words: KeyWords, environment: Environment, prefix: 'INLET_' | 'INLET_NEW_') {
  if (words.keyFile !== undefined) return keyOfFile(words.keyFile)
  if (words.passphrase) return undefined
  const key = environment[`${prefix}MASTER_KEY`]
  if (key) return { key, kept_in: 'environment' as const }
  const path = environment[`${prefix}MASTER_KEY_FILE`]
  if (path) return keyOfFile(path)
  const passphrase = environment[`${prefix}PASSPHRASE`]
  return passphrase ? { passphrase } : undefined
}

/** The file holds base64 text or the 32 bytes themselves. */
async function keyOfFile(path: string): Promise<KeyBody> {
  const content = await readFile(path).catch(error => {
    throw new Failure('bad_config', `the key file ${path} cannot be read (${error.code ?? 'unknown error'})`)
  })
  const key = content.length === 32 ? content.toString('base64') : content.toString('latin1').trim()
  return { key, kept_in: 'file' }
}

function withoutPlace({ key, passphrase }: KeyBody): KeyBody {
  return { ...(key !== undefined && { key }), ...(passphrase !== undefined && { passphrase }) }
}

async function askTwice(ask: Ask | undefined): Promise<KeyBody> {
  const passphrase = await asked(ask, 'New passphrase (not shown): ')
  if (passphrase === (await asked(ask, 'The same again: '))) return { passphrase }
  throw new Failure('bad_config', 'the two differ: nothing was changed')
}

async function asked(ask: Ask | undefined, question: string): Promise<string> {
  if (!ask) throw new Failure('bad_config', 'there is no terminal to ask for the passphrase on: see inlet vault --help')
  const answer = await ask(question)
  if (answer === '') throw new Failure('bad_config', 'nothing was typed: nothing was changed')
  return answer
}
