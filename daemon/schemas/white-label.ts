/** White labels, as the SDK of the `auth_fields` era writes them. */
import { z } from 'zod'
import type { CreateWhiteLabel } from '../../core/inlet.ts'
import { text as described, ignored, noEmail, organization, time, uuidOf } from './common.ts'
import { signedInConnectionBody } from './connection-input.ts'
import { masked } from './credential.ts'
import { whiteLabelExample } from './examples.ts'
import { strict } from './strict.ts'

export const whiteLabelSchema = z
  .object({
    id: uuidOf('The white label'),
    name: described('What people call it'),
    source_short_name: described('The source that it is for'),
    redirect_url: described("Where the provider sends the product's browsers back to"),
    client_id: described("The product's OAuth client"),
    client_secret: z.literal(masked).meta({ description: 'Never shown' }),
    allowed_origins: z
      .string()
      .meta({ description: 'Whose pages may ask for the address and send the code; separated by commas' }),
    organization_id: organization,
    created_at: time,
    modified_at: time,
    created_by_email: noEmail,
    modified_by_email: noEmail,
  })
  .meta({
    id: 'WhiteLabel',
    description: "A product's own OAuth client, through which its customers sign in",
    examples: [whiteLabelExample],
  })
export type WhiteLabelBody = z.infer<typeof whiteLabelSchema>

const text = z.string().min(1).max(4000)
const members = {
  name: text.meta({ description: 'What people call it' }),
  redirect_url: text.meta({
    description: 'https, or http on this machine',
    examples: ['https://app.example/callback'],
  }),
  client_id: text.meta({ description: "The product's OAuth client" }),
  client_secret: text
    .refine(value => value !== masked, { error: 'is the mask that responses show: leave it out' })
    .meta({ description: 'Its secret: sealed, and never shown' }),
  allowed_origins: z
    .string()
    .max(4000)
    .meta({
      examples: ['https://app.example'],
      description: 'Whose pages may ask for the address and send the code; separated by commas',
    }),
}

export const createWhiteLabelBody = strict({
  ...members,
  source_short_name: text.meta({ description: 'The source that it is for', examples: ['slack'] }),
})
  .transform(
    (given): CreateWhiteLabel => ({
      name: given.name,
      shortName: given.source_short_name,
      redirectUrl: given.redirect_url,
      clientId: given.client_id,
      clientSecret: given.client_secret,
      allowedOrigins: originsOf(given.allowed_origins),
    }),
  )
  .meta({
    id: 'WhiteLabelCreate',
    description: "A product's own OAuth client",
    examples: [
      {
        name: 'Recipes for crews',
        source_short_name: 'slack',
        redirect_url: 'https://app.example/callback',
        client_id: '1234567890.9876543210',
        client_secret: 'your-client-secret',
        allowed_origins: 'https://app.example',
      },
    ],
  })

export const updateWhiteLabelBody = strict({
  name: members.name.optional(),
  redirect_url: members.redirect_url.optional(),
  client_id: members.client_id.optional(),
  client_secret: members.client_secret.optional(),
  allowed_origins: members.allowed_origins.optional(),
  source_short_name: ignored.optional(),
})
  .transform((given): Partial<Omit<CreateWhiteLabel, 'shortName'>> => {
    const changes = {
      name: given.name,
      redirectUrl: given.redirect_url,
      clientId: given.client_id,
      clientSecret: given.client_secret,
      allowedOrigins: given.allowed_origins === undefined ? undefined : originsOf(given.allowed_origins),
    }
    return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  })
  .meta({
    id: 'WhiteLabelUpdate',
    description: 'What is to change; what is absent stays',
    examples: [{ client_secret: 'your-new-client-secret' }],
  })

export const authUrlQuery = z.object({
  state: z.string().optional().meta({ description: 'Comes back with the code; one is made when absent' }),
})

export const exchangeBody = strict({
  code: text.meta({ description: 'The code that came back with the browser' }),
  state: z.string().max(600).nullish().meta({ description: 'As it came back: checked where it is given' }),
  source_connection_in: signedInConnectionBody.nullish().meta({ description: 'What the new connection is to be' }),
}).meta({
  id: 'WhiteLabelExchange',
  description: 'A code, and what the connection that it makes is to be',
  examples: [{ code: 'code-that-came-back', source_connection_in: { name: 'A crew', collection: 'crews' } }],
})

function originsOf(list: string): string[] {
  return list
    .split(',')
    .map(origin => origin.trim().replace(/\/$/, ''))
    .filter(origin => origin !== '')
}
