import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { systemClock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { openVault, type Vault } from '../../core/vault/index.ts'
import type { Command, CommandSurroundings } from '../cli.ts'
import { loadPlace } from '../config.ts'
import { rotateBody, unlockBody, type VaultBody } from '../schemas/vault.ts'
import { vaultBody } from '../views/vault.ts'
import { type Client, createClient, lockUnlessRunning, type Place } from './client.ts'
import { terminalPrompt } from './prompt.ts'
import { type KeyWords, newKey, presentKey } from './vault-keys.ts'
import { rotatedLines, statusLines } from './vault-report.ts'

export const vault: Command = {
  name: 'vault',
  summary: 'the key that seals your tokens: status, rotate, lock, unlock',
  help: `Usage: inlet vault status
       inlet vault rotate [--key-file FILE | --passphrase | --generate]
       inlet vault lock
       inlet vault unlock [--key-file FILE | --passphrase]

Tokens are sealed with one key. Where inlet runs, it is asked over its API, and goes on working; where it does not,
status and rotate work on the data folder itself.

status   tells whether the vault is open, where its key is kept, and which credentials do not open.

rotate   seals every credential with another key. Without a word, a rotation that was cut short is gone on with, else a
         key in the data folder gives way to a new one there. A new key of your own comes from INLET_NEW_MASTER_KEY
         (32 bytes in base64), the file that INLET_NEW_MASTER_KEY_FILE or --key-file names, INLET_NEW_PASSPHRASE, or a
         passphrase that you are asked for (--passphrase). With --generate, the key is made and kept in the data folder.
         The next start needs the new key: change INLET_MASTER_KEY, INLET_MASTER_KEY_FILE or INLET_PASSPHRASE by then.

lock     takes the key out of the memory of the inlet that runs. Jobs end, schedules wait, tokens that are being
         refreshed are waited for. A restart opens the vault as it is configured.

unlock   gives the key back: from --key-file, INLET_MASTER_KEY, INLET_MASTER_KEY_FILE or INLET_PASSPHRASE, else by
         asking you. A key file that inlet can read, it reads by itself.

  --json   the vault as JSON

Keys are never taken from the command line: other users of the machine could read them there.

Exit codes: 0 good, 1 failed, 2 called in a wrong way; for status also 3 the vault is locked, 4 some credential cannot
be opened.
`,
  async run(words, surroundings) {
    const call = readWords(words)
    if (typeof call === 'string') {
      surroundings.complain(`inlet vault ${call}: see inlet vault --help`)
      return 2
    }
    const place = loadPlace(surroundings)
    if (!existsSync(join(place.dataDir, 'vault'))) {
      throw new Failure('data_folder', `${place.dataDir} has no vault yet: it is made at the first start`)
    }
    const lock = await lockUnlessRunning(place.dataDir)
    try {
      const work = { call, place, surroundings: { ...surroundings, ask: surroundings.ask ?? terminalPrompt() } }
      return await (lock ? onFolder(work) : onDaemon(work, createClient(place)))
    } finally {
      await lock?.release()
    }
  },
}

const actions = ['status', 'rotate', 'lock', 'unlock'] as const

interface Call extends KeyWords {
  action: (typeof actions)[number]
  json: boolean
}

interface Work {
  call: Call
  place: Place
  surroundings: CommandSurroundings
}

const options = {
  json: { type: 'boolean', default: false },
  'key-file': { type: 'string' },
  passphrase: { type: 'boolean', default: false },
  generate: { type: 'boolean', default: false },
} as const

/** @returns what is wrong, where it is not a call */
function readWords(words: readonly string[]): Call | string {
  let read: ReturnType<typeof parse>
  try {
    read = parse(words)
  } catch {
    // Node's own message repeats what was typed, which may be a key in the wrong place.
    return 'was given an option that it does not know, or one without its value'
  }
  const { values, positionals } = read
  const action = actions.find(candidate => candidate === positionals[0])
  if (!action || positionals.length > 1) return `takes one of ${actions.join(', ')}`
  const { json, passphrase, generate, 'key-file': keyFile } = values
  const given = [keyFile !== undefined, passphrase, generate].filter(Boolean).length
  if (given > 1) return `${action} takes one key at a time`
  if (given > 0 && (action === 'status' || action === 'lock')) return `${action} takes no key`
  if (generate && action === 'unlock') return 'unlock takes the key that there is'
  return { action, json, passphrase, generate, keyFile }
}

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], options, allowPositionals: true })
}

/** What of an inlet, or of a folder, the commands use. */
interface Hand {
  status(): Promise<VaultBody>
  rotate(body: object): Promise<VaultBody>
}

async function onDaemon(work: Work, client: Client): Promise<number> {
  const { call, surroundings } = work
  const hand: Hand = {
    status: () => client.ask('GET', '/vault'),
    async rotate(body) {
      let answer = await client.ask<VaultBody>('POST', '/vault/rotate', body)
      while (answer.rotation === 'running') {
        await systemClock.sleep(pollMs)
        answer = await client.ask<VaultBody>('GET', '/vault')
      }
      return answer
    },
  }
  if (call.action === 'status') return tellStatus(work, await hand.status())
  if (call.action === 'lock') {
    return tell(work, await client.ask('POST', '/vault/lock'), ['The vault is locked.'])
  }
  client.requireLoopback()
  if (call.action === 'rotate') return rotate(work, hand)
  const { key } = await hand.status()
  const body = await presentKey(call, surroundings.environment, key?.source, surroundings.ask)
  return tell(work, await client.ask('POST', '/vault/unlock', body), ['The vault is open.'])
}

const pollMs = 1000

async function onFolder(work: Work): Promise<number> {
  const { call, place, surroundings } = work
  if (call.action === 'lock' || call.action === 'unlock') {
    surroundings.complain(`no inlet runs on ${place.dataDir}: there is nothing to ${call.action}`)
    return 1
  }
  const readOnly = call.action === 'status'
  const { environment } = surroundings
  const log = readOnly ? silentLog : complaining(surroundings)
  const opened = await openVault({ dataDir: place.dataDir, environment, log, readOnly })
  try {
    if (readOnly) return tellStatus(work, vaultBody(await opened.status()))
    await open(opened, work)
    return await rotate(work, {
      status: async () => vaultBody(await opened.status()),
      async rotate(body) {
        const next = readAs(rotateBody, body)
        // One that was cut short goes on by itself, and comes first.
        if (next && (await opened.status()).rotation === 'running') await opened.rotate()
        await opened.rotate(next)
        return vaultBody(await opened.status())
      },
    })
  } finally {
    await opened.close()
  }
}

function readAs<Schema extends typeof rotateBody | typeof unlockBody>(schema: Schema, body: object): z.output<Schema> {
  const read = schema.safeParse(body)
  if (read.success) return read.data as z.output<Schema>
  throw new Failure('bad_config', 'a key or passphrase has 1 to 1024 characters')
}

/** Asks for the present passphrase where the environment does not have it. */
async function open(opened: Vault, { surroundings: { ask } }: Work): Promise<void> {
  if (!opened.locked) return
  const { key } = await opened.status()
  const words = { passphrase: false, generate: false }
  const body = ask ? await presentKey(words, {}, key?.source, ask) : {}
  if (Object.keys(body).length === 0) throw new Failure('vault_locked', `the vault is locked: ${opened.lockedBecause}`)
  await opened.unlock(readAs(unlockBody, body))
}

async function rotate(work: Work, hand: Hand): Promise<number> {
  const { call, surroundings } = work
  const before = await hand.status()
  if (before.locked) throw new Failure('vault_locked', `the vault is locked: ${before.reason}`)
  const after = await hand.rotate(await newKey(call, surroundings.environment, before, surroundings.ask))
  return tell(work, after, rotatedLines(before, after))
}

function tellStatus(work: Work, body: VaultBody): number {
  tell(work, body, statusLines(body))
  if (body.locked) return 3
  return body.unreadable.length > 0 ? 4 : 0
}

function tell({ call, surroundings }: Work, body: VaultBody, lines: readonly string[]): number {
  if (call.json) surroundings.say(JSON.stringify(body, null, 2))
  else for (const line of lines) surroundings.say(line)
  return 0
}

function complaining({ complain }: CommandSurroundings): Log {
  const line = (_fields: object, message: string) => complain(message)
  return { ...silentLog, warn: line, error: line }
}
