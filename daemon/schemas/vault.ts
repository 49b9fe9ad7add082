/** What is told of the vault, and the keys that are given to it: each is a `Secret` as soon as it was read. */
import { z } from 'zod'
import type { GivenKey, NewKey } from '../../core/inlet.ts'
import { Secret } from '../../core/secret.ts'
import { count, flag, text, timeOrNull, uuidOf } from './common.ts'
import { vaultExample } from './examples.ts'
import { characters, strict } from './strict.ts'

const source = z.enum(['environment', 'file', 'passphrase', 'generated']).meta({
  description:
    'Where a start finds it: `INLET_MASTER_KEY`, `INLET_MASTER_KEY_FILE`, `INLET_PASSPHRASE`, or `master.key` in the data folder',
})

const key = z.object({
  id: z.string().meta({ description: 'Names the key, and tells nothing of it' }),
  source,
  created_at: timeOrNull,
})

export const vaultSchema = z
  .object({
    locked: flag('Whether the key is not at hand, and so nothing can use a credential'),
    reason: z.string().nullable().meta({ description: 'Why it is locked, and what to do' }),
    key: key.nullable().meta({ description: 'The key that seals' }),
    old_keys: z.array(key).meta({ description: 'Kept because something may still be sealed with them' }),
    rotation: z.enum(['none', 'running', 'unfinished']).meta({
      description: '`unfinished`: it was cut short, or old keys are kept for credentials that do not open',
    }),
    credentials: count('How many there are'),
    sealed_with_old_key: count('Those that the present key does not seal yet'),
    unreadable: z
      .array(
        z.object({ source_connection_id: uuidOf('The connection whose it is'), reason: text('Why it does not open') }),
      )
      .meta({ description: 'Credentials that do not open. Each is kept, and concerns its own connection alone' }),
  })
  .meta({ id: 'Vault', description: 'How credentials are sealed', examples: [vaultExample] })
export type VaultBody = z.infer<typeof vaultSchema>

const longest = 1024

const secret = (description: string) =>
  characters(1, longest)
    .transform(text => new Secret(text))
    .meta({ type: 'string', format: 'password', minLength: 1, maxLength: longest, description })
    .optional()

const given = {
  key: secret('32 bytes in base64'),
  passphrase: secret('From which the key is derived with Argon2id'),
}

/** Where nothing is given, `undefined`. */
export const unlockBody = strict(given)
  .transform((members, context): GivenKey | undefined => {
    oneOf(members, context)
    return keyOf(members)
  })
  .meta({
    id: 'VaultUnlock',
    description: 'The key or the passphrase, where it is kept nowhere',
    examples: [{}, { passphrase: 'your passphrase' }],
  })

/** Where nothing is given, `undefined`. */
export const rotateBody = strict({
  ...given,
  generate: z.literal(true).optional().meta({ description: 'A key is made, and kept in `master.key`' }),
  kept_in: z
    .enum(['environment', 'file'])
    .optional()
    .meta({ description: 'Where the next start finds `key`', default: 'environment' }),
})
  .transform(({ kept_in, ...members }, context): NewKey | undefined => {
    oneOf(members, context)
    if (kept_in !== undefined && !members.key) {
      context.addIssue({ code: 'custom', path: ['kept_in'], message: 'is for key alone' })
    }
    return members.generate ? { generate: true } : keyOf(members, kept_in)
  })
  .meta({
    id: 'VaultRotate',
    description: 'The new key: one of `key`, `passphrase` and `generate`, or none',
    examples: [{ generate: true }, { passphrase: 'your new passphrase' }],
  })

interface Given {
  key?: Secret | undefined
  passphrase?: Secret | undefined
}

function oneOf(members: object, context: z.RefinementCtx): void {
  const names = Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (names.length < 2) return
  context.addIssue({ code: 'custom', path: [names[1] ?? ''], message: `cannot be given together with ${names[0]}` })
}

function keyOf({ key, passphrase }: Given, keptIn?: 'environment' | 'file'): GivenKey | undefined {
  if (key) return { key, keptIn }
  return passphrase && { passphrase }
}
