/** Named keys for other programs. */
import { z } from 'zod'
import { accessScopes } from '../../core/access.ts'
import { text, time, timeOrNullWhen, uuidOf } from './common.ts'
import { keyExample } from './examples.ts'
import { strict } from './strict.ts'

const name = z.string().meta({ description: 'What it is for', examples: ['assistant'] })
const scope = z.enum(accessScopes).meta({
  description:
    '`read` looks and searches, `sync` also starts and cancels runs, `admin` also changes what is there. Each holds those before it.',
})

const keyMembers = {
  id: uuidOf('The key, which it tells nothing of'),
  name,
  hint: text('Its last characters'),
  scope,
  collections: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The readable ids of what it reaches; null for everything', examples: [['my-life']] }),
  created_at: time,
  expires_at: timeOrNullWhen('When it ends; null for never'),
  last_used_at: timeOrNullWhen('When it was last used, exact to a minute over restarts'),
}

export const keySchema = z
  .object(keyMembers)
  .meta({ id: 'ApiKey', description: 'A key for another program, without itself', examples: [keyExample] })
export type KeyBody = z.infer<typeof keySchema>

export const newKeySchema = z.object({ ...keyMembers, key: text('Shown this once, and kept nowhere') }).meta({
  id: 'NewApiKey',
  description: 'A new key, as it is shown once',
  examples: [{ ...keyExample, last_used_at: null, key: 'the-new-key-shown-once' }],
})
export type NewKeyBody = z.infer<typeof newKeySchema>

export const createKeyBody = strict({
  name,
  scope,
  collections: z
    .array(z.string())
    .nullish()
    .meta({ description: 'Readable ids; default everything', examples: [['my-life']] }),
  expires_at: z.string().nullish().meta({ format: 'date-time', description: 'When it ends (ISO 8601); default never' }),
}).meta({
  id: 'ApiKeyCreate',
  description: 'What the key is for, and how far it reaches',
  examples: [{ name: 'assistant', scope: 'read', collections: ['my-life'], expires_at: '2027-01-31T00:00:00.000Z' }],
})
