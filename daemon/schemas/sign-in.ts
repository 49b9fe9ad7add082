/** What signing in with a browser takes and tells. */
import { z } from 'zod'
import { text as described, timeWhen, uuidOf } from './common.ts'
import { exampleIds } from './examples.ts'
import { strict } from './strict.ts'

const text = z.string().max(4000)

export const beginSignInQuery = z.object({
  client_id: text.optional().meta({ description: 'An OAuth client without a secret; default: the configured one' }),
  source_connection_id: uuidOf('The connection to sign in again; default: a new one').optional(),
  redirect_uri: text.optional().meta({ description: 'As registered with the client; default: our own callback' }),
})

export const signInStartSchema = z
  .object({
    url: z.string().meta({ description: 'Where to send a browser' }),
    state: z.string().meta({ description: 'Comes back with the code' }),
    expires_at: timeWhen('Until when it can be finished'),
  })
  .meta({
    id: 'SignIn',
    description: 'A sign-in that was begun',
    examples: [
      {
        url: 'https://slack.com/oauth/v2/authorize?client_id=1234567890.9876543210&state=state-of-this-sign-in',
        state: 'state-of-this-sign-in',
        expires_at: '2026-01-31T09:50:00.000Z',
      },
    ],
  })

export const codeQuery = z.object({
  code: text.min(1).meta({ description: 'The code that came back with the browser' }),
  state: text
    .optional()
    .meta({ description: 'As it came back; may be left out while one sign-in alone is under way for the source' }),
})

/** What a provider sends a browser back with: others add members of their own. */
export const callbackQuery = z.object({
  state: text.optional().meta({ description: 'As it was sent along: says which sign-in it is' }),
  code: text.optional().meta({ description: 'What is traded for tokens' }),
  error: text.optional().meta({ description: "The provider's code for why there is none, such as `access_denied`" }),
})

export const decisionBody = strict({
  decision: text.min(1).meta({ description: 'As it was told with the question' }),
  choice: z.enum(['separate', 'discard']).meta({
    description: '`separate`: a connection of its own for the other account; `discard`: everything stays as it was',
  }),
}).meta({
  id: 'SignInDecision',
  description: 'What is to be done when somebody else signed in',
  examples: [{ decision: 'decision-as-it-was-told', choice: 'separate' }],
})

const account = z.object({ id: described("The provider's id of it"), name: described('What a person calls it') })

export const otherAccountSchema = z
  .object({
    connection_id: uuidOf('The connection that stays as it was'),
    expected: account.meta({ description: 'Whose data the connection holds' }),
    actual: account.meta({ description: 'Who signed in' }),
    decision: z.string().meta({ description: 'To be sent to /source-connections/callback/decision with a choice' }),
  })
  .meta({
    id: 'OtherAccount',
    description: 'Somebody else signed in: nothing is changed until it is decided',
    examples: [
      {
        connection_id: exampleIds.connection,
        expected: { id: 'T0123456789:U0123456789', name: 'ada' },
        actual: { id: 'T0123456789:U0987654321', name: 'ben' },
        decision: 'decision-as-it-was-told',
      },
    ],
  })
