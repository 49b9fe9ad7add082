/** What the vault's commands do, on the inlet that runs or on the folder of one that does not. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { finishRestore } from '../../core/backup/restore.ts'
import { Failure } from '../../core/errors.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { openVault, type Vault } from '../../core/vault/index.ts'
import type { CommandContext } from '../command-line/context.ts'
import type { ExitCode } from '../command-line/exit-codes.ts'
import { loadPlace } from '../config.ts'
import { rotateBody, unlockBody, type VaultBody } from '../schemas/vault.ts'
import { vaultBody } from '../views/vault.ts'
import { type Client, createClient, lockUnlessRunning, type Place } from './client.ts'
import { type KeyWords, newKey, presentKey } from './vault-keys.ts'
import { rotatedLines, statusLines } from './vault-report.ts'

export interface VaultCall extends Partial<KeyWords> {
  action: 'status' | 'rotate' | 'lock' | 'unlock'
}

interface Work {
  call: KeyWords & VaultCall
  place: Place
  context: CommandContext
}

export async function workOnVault(call: VaultCall, context: CommandContext): Promise<ExitCode> {
  const place = loadPlace(context)
  if (!existsSync(join(place.dataDir, 'vault'))) {
    throw new Failure('data_folder', `${place.dataDir} has no vault yet: it is made at the first start`)
  }
  const lock = await lockUnlessRunning(place.dataDir)
  try {
    if (lock) await finishRestore(place.dataDir)
    const work = { call: { passphrase: false, generate: false, ...call }, place, context }
    return await (lock ? onFolder(work) : onDaemon(work, createClient(place)))
  } finally {
    await lock?.release()
  }
}

/** What of an inlet, or of a folder, the commands use. */
interface Hand {
  status(): Promise<VaultBody>
  rotate(body: object): Promise<VaultBody>
}

async function onDaemon(work: Work, client: Client): Promise<ExitCode> {
  const { call, context } = work
  const hand: Hand = {
    status: () => client.ask('GET', '/vault'),
    async rotate(body) {
      let answer = await client.ask<VaultBody>('POST', '/vault/rotate', body)
      while (answer.rotation === 'running') {
        await context.clock.sleep(pollMs)
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
  const body = await presentKey(call, context.environment, key?.source, context.ask)
  return tell(work, await client.ask('POST', '/vault/unlock', body), ['The vault is open.'])
}

const pollMs = 1000

async function onFolder(work: Work): Promise<ExitCode> {
  const { call, place, context } = work
  if (call.action === 'lock' || call.action === 'unlock') {
    throw new Failure('unavailable', `no inlet runs on ${place.dataDir}: there is nothing to ${call.action}`)
  }
  const readOnly = call.action === 'status'
  const { environment } = context
  const log = readOnly ? silentLog : complaining(context)
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
async function open(opened: Vault, { context: { ask } }: Work): Promise<void> {
  if (!opened.locked) return
  const { key } = await opened.status()
  const words = { passphrase: false, generate: false }
  const body = ask ? await presentKey(words, {}, key?.source, ask) : {}
  if (Object.keys(body).length === 0) throw new Failure('vault_locked', `the vault is locked: ${opened.lockedBecause}`)
  await opened.unlock(readAs(unlockBody, body))
}

async function rotate(work: Work, hand: Hand): Promise<ExitCode> {
  const { call, context } = work
  const before = await hand.status()
  if (before.locked) throw new Failure('vault_locked', `the vault is locked: ${before.reason}`)
  const after = await hand.rotate(await newKey(call, context.environment, before, context.ask))
  return tell(work, after, rotatedLines(before, after))
}

async function tellStatus(work: Work, body: VaultBody): Promise<ExitCode> {
  await tell(work, body, statusLines(body))
  if (body.locked) return 3
  return body.unreadable.length > 0 ? 4 : 0
}

async function tell({ context }: Work, body: VaultBody, lines: readonly string[]): Promise<ExitCode> {
  await context.answer(body, lines)
  return 0
}

function complaining({ warn }: CommandContext): Log {
  const line = (_fields: object, message: string) => warn(message)
  return { ...silentLog, warn: line, error: line }
}
