/** What signing in with a browser takes and tells. */
import { z } from 'zod'
import { time, uuid } from './common.ts'
import { strict } from './strict.ts'

const text = z.string().max(4000)

export const beginSignInQuery = z.object({
  client_id: text.optional().meta({ description: 'An OAuth client without a secret; default: the configured one' }),
  source_connection_id: uuid.optional().meta({ description: 'The connection to sign in again; default: a new one' }),
  redirect_uri: text.optional().meta({ description: 'As registered with the client; default: our own callback' }),
})

export const signInStartSchema = z
  .object({
    url: z.string().meta({ description: 'Where to send a browser' }),
    state: z.string().meta({ description: 'Comes back with the code' }),
    expires_at: time,
  })
  .meta({ id: 'SignIn' })

export const codeQuery = z.object({
  code: text.min(1),
  state: text
    .optional()
    .meta({ description: 'As it came back; may be left out while one sign-in alone is under way for the source' }),
})

/** What a provider sends a browser back with: others add members of their own. */
export const callbackQuery = z.object({
  state: text.optional(),
  code: text.optional(),
  error: text.optional(),
})

export const decisionBody = strict({
  decision: text.min(1).meta({ description: 'As it was told with the question' }),
  choice: z.enum(['separate', 'discard']).meta({
    description: '`separate`: a connection of its own for the other account; `discard`: everything stays as it was',
  }),
}).meta({ id: 'SignInDecision' })

const account = z.object({ id: z.string(), name: z.string() })

export const otherAccountSchema = z
  .object({
    connection_id: uuid,
    expected: account.meta({ description: 'Whose data the connection holds' }),
    actual: account.meta({ description: 'Who signed in' }),
    decision: z.string().meta({ description: 'To be sent to /source-connections/callback/decision with a choice' }),
  })
  .meta({ id: 'OtherAccount', description: 'Somebody else signed in: nothing is changed until it is decided' })
