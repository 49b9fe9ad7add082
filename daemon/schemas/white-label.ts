/** White labels, as the SDK of the `auth_fields` era writes them. */
import { z } from 'zod'
import type { CreateWhiteLabel } from '../../core/inlet.ts'
import { ignored, time, uuid } from './common.ts'
import { signedInConnectionBody } from './connection-input.ts'
import { masked } from './credential.ts'
import { strict } from './strict.ts'

export const whiteLabelSchema = z
  .object({
    id: uuid,
    name: z.string(),
    source_short_name: z.string(),
    redirect_url: z.string(),
    client_id: z.string(),
    client_secret: z.literal(masked),
    allowed_origins: z.string().meta({ description: 'Separated by commas' }),
    organization_id: uuid,
    created_at: time,
    modified_at: time,
    created_by_email: z.null(),
    modified_by_email: z.null(),
  })
  .meta({ id: 'WhiteLabel' })
export type WhiteLabelBody = z.infer<typeof whiteLabelSchema>

const text = z.string().min(1).max(4000)
const members = {
  name: text,
  redirect_url: text.meta({ description: 'https, or http on this machine', example: 'https://app.example/callback' }),
  client_id: text,
  client_secret: text.refine(value => value !== masked, { error: 'is the mask that responses show: leave it out' }),
  allowed_origins: z.string().max(4000).meta({
    example: 'https://app.example',
    description: 'Whose pages may ask for the address and send the code; separated by commas',
  }),
}

export const createWhiteLabelBody = strict({ ...members, source_short_name: text.meta({ example: 'slack' }) })
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
  .meta({ id: 'WhiteLabelCreate' })

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
  .meta({ id: 'WhiteLabelUpdate' })

export const authUrlQuery = z.object({
  state: z.string().optional().meta({ description: 'Comes back with the code; one is made when absent' }),
})

export const exchangeBody = strict({
  code: text,
  state: z.string().max(600).nullish().meta({ description: 'As it came back: checked where it is given' }),
  source_connection_in: signedInConnectionBody.nullish(),
}).meta({ id: 'WhiteLabelExchange' })

function originsOf(list: string): string[] {
  return list
    .split(',')
    .map(origin => origin.trim().replace(/\/$/, ''))
    .filter(origin => origin !== '')
}
