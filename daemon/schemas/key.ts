/** Named keys for other programs. */
import { z } from 'zod'
import { accessScopes } from '../../core/access.ts'
import { time, timeOrNull, uuid } from './common.ts'
import { strict } from './strict.ts'

const name = z.string().meta({ description: 'What it is for', example: 'assistant' })
const scope = z.enum(accessScopes).meta({
  description:
    '`read` looks and searches, `sync` also starts and cancels runs, `admin` also changes what is there. Each holds those before it.',
})

const keyMembers = {
  id: uuid,
  name,
  hint: z.string().meta({ description: 'Its last characters', example: 'x7Qk' }),
  scope,
  collections: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The readable ids of what it reaches; null for everything', example: ['home'] }),
  created_at: time,
  expires_at: timeOrNull.meta({ description: 'null for never' }),
  last_used_at: timeOrNull.meta({ description: 'Exact to a minute over restarts' }),
}

export const keySchema = z.object(keyMembers).meta({ id: 'ApiKey' })
export type KeyBody = z.infer<typeof keySchema>

export const newKeySchema = z
  .object({ ...keyMembers, key: z.string().meta({ description: 'Shown this once, and kept nowhere' }) })
  .meta({ id: 'NewApiKey' })
export type NewKeyBody = z.infer<typeof newKeySchema>

export const createKeyBody = strict({
  name,
  scope,
  collections: z
    .array(z.string())
    .nullish()
    .meta({ description: 'Readable ids; default everything', example: ['home'] }),
  expires_at: z.string().nullish().meta({ format: 'date-time', description: 'Default never' }),
}).meta({ id: 'ApiKeyCreate' })
