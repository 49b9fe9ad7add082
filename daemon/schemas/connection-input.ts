/**
 * What creating and changing a source connection take: two generations of clients name things differently, and either
 * name will do. Both at once must agree.
 */
import { z } from 'zod'
import type { BeginSignIn, CreateConnection, UpdateConnection } from '../../core/inlet.ts'
import { canonicalJson } from '../../core/json.ts'
import { ignored } from './common.ts'
import { clientOf, credentialOf, refuseClient } from './credential.ts'
import { characters, strict } from './strict.ts'

const name = characters(4, 42)
const description = z.string().max(4000)
const members = z.record(z.string(), z.unknown())
const cron = z.string().max(200)
const timezone = z.string().max(100)
const whiteLabelId = z.string().meta({ format: 'uuid', description: 'The white label whose OAuth client signs in' })

const schedule = strict({
  cron: cron.nullish().meta({ description: 'Another name of `cron_schedule`' }),
  timezone: timezone.nullish().meta({ description: 'Another name of `timezone`' }),
  continuous: ignored.optional(),
  cursor_field: ignored.optional(),
})

const shared = {
  auth_fields: members.nullish().meta({ description: 'The credential: what the source declares' }),
  authentication: members.nullish().meta({
    description:
      'The credential as newer clients write it: `{ access_token, … }` or `{ credentials: { … } }`; or the OAuth client of a browser sign-in: `{ client_id?, client_secret?, redirect_uri? }`',
  }),
  config_fields: members
    .nullish()
    .meta({ description: 'Settings that the source declares, such as how far back to go' }),
  config: members.nullish().meta({ description: 'Another name of `config_fields`' }),
  cron_schedule: cron
    .nullish()
    .meta({ description: 'When to sync: five or six cron fields; null ends the schedule', examples: ['*/15 * * * *'] }),
  schedule: schedule.nullish().meta({ description: 'Another way to give `cron_schedule` and `timezone`' }),
  timezone: timezone
    .nullish()
    .meta({ description: "IANA time zone of the schedule; default: the machine's", examples: ['Europe/Berlin'] }),
}

const creation = {
  ...shared,
  name: name.nullish().meta({ description: 'What people call it; default: the source and the collection' }),
  description: description.nullish().meta({ description: 'What people say of it' }),
  short_name: z
    .string()
    .meta({ description: "The source's short name, of those in GET /sources", examples: ['slack'] }),
  collection: z.string().nullish().meta({ description: "A collection's readable id; one is made when absent" }),
  readable_collection_id: z.string().nullish().meta({ description: 'Another name of `collection`' }),
  sync_immediately: z.boolean().nullish().meta({ default: true, description: 'Whether the first job starts at once' }),
  white_label_id: whiteLabelId.nullish(),
  validate: z
    .boolean()
    .nullish()
    .meta({ default: false, description: 'Asks the provider once whether the token works' }),
  redirect_url: ignored.optional(),
}

export const createConnectionBody = strict(creation)
  .transform((given, context): { input: CreateConnection; renamed: Renamed } => {
    const agree = agreement(given, context)
    return {
      input: {
        shortName: given.short_name,
        name: given.name ?? undefined,
        description: given.description ?? undefined,
        collection: agree('collection', 'readable_collection_id') ?? undefined,
        authFields: credentialOf(given, context),
        client: clientOf(given, context),
        config: agree('config_fields', 'config') ?? undefined,
        cronSchedule: agree('cron_schedule', ['schedule', 'cron']) ?? undefined,
        timezone: agree('timezone', ['schedule', 'timezone']) ?? undefined,
        syncImmediately: given.sync_immediately ?? undefined,
        whiteLabelId: given.white_label_id ?? undefined,
        validate: given.validate ?? undefined,
      },
      renamed: renamedIn(given),
    }
  })
  .meta({
    id: 'SourceConnectionCreate',
    description: 'A new source connection: the source, its credential, and where it goes',
    examples: [
      {
        name: 'My Slack',
        short_name: 'slack',
        collection: 'my-life',
        auth_fields: { access_token: 'your-access-token' },
        config_fields: { history_days: 365 },
        cron_schedule: '*/15 * * * *',
        timezone: 'Europe/Berlin',
      },
    ],
  })

/** What a connection is to be that a sign-in brings the credential of: one that is given beside it means nothing. */
export const signedInConnectionBody = strict({
  ...creation,
  auth_fields: ignored.optional(),
  authentication: ignored.optional(),
  validate: ignored.optional(),
  credential_id: ignored.optional(),
  short_name: z.string().nullish().meta({ description: 'The source; another one than the address says is refused' }),
}).transform(
  (given, context): { connection: NonNullable<BeginSignIn['connection']>; shortName: string | undefined } => {
    const { auth_fields: _fields, authentication: _authentication, ...rest } = given
    const agree = agreement(rest, context)
    return {
      shortName: given.short_name ?? undefined,
      connection: {
        name: given.name ?? undefined,
        description: given.description ?? undefined,
        collection: agree('collection', 'readable_collection_id') ?? undefined,
        config: agree('config_fields', 'config') ?? undefined,
        cronSchedule: agree('cron_schedule', ['schedule', 'cron']) ?? undefined,
        timezone: agree('timezone', ['schedule', 'timezone']) ?? undefined,
        syncImmediately: given.sync_immediately ?? undefined,
      },
    }
  },
)

export const updateConnectionBody = strict({
  ...shared,
  name: name.optional().meta({ description: 'What people call it' }),
  description: description.nullish().meta({ description: 'What people say of it' }),
  collection: z.string().optional().meta({ description: 'The readable id of the collection that it moves to' }),
  readable_collection_id: z.string().optional().meta({ description: 'Another name of `collection`' }),
  white_label_id: whiteLabelId.nullish(),
  validate: creation.validate,
  connection_id: ignored.optional(),
})
  .transform((given, context): { changes: UpdateConnection; renamed: Renamed } => {
    refuseClient(given, context)
    const agree = agreement(given, context)
    const endsSchedule = given.schedule === null && given.cron_schedule === undefined
    return {
      changes: {
        name: given.name,
        description: given.description,
        collection: agree('collection', 'readable_collection_id') ?? undefined,
        authFields: credentialOf(given, context),
        config: agree('config_fields', 'config') ?? undefined,
        cronSchedule: endsSchedule ? null : agree('cron_schedule', ['schedule', 'cron']),
        timezone: agree('timezone', ['schedule', 'timezone']) ?? undefined,
        whiteLabelId: given.white_label_id,
        validate: given.validate ?? undefined,
      },
      renamed: renamedIn(given),
    }
  })
  .meta({
    id: 'SourceConnectionUpdate',
    description: 'What is to change; what is absent stays',
    examples: [
      { cron_schedule: '*/15 * * * *', timezone: 'Europe/Berlin' },
      { auth_fields: { access_token: 'your-new-access-token' } },
    ],
  })

/** Where the caller wrote what core knows under its first name, so that an error points at the caller's words. */
export type Renamed = Readonly<Record<string, readonly string[]>>

type Path = string | readonly [string, string]

interface Given {
  auth_fields?: unknown
  authentication?: Readonly<Record<string, unknown>> | null | undefined
  collection?: string | null | undefined
  readable_collection_id?: string | null | undefined
  config_fields?: Record<string, unknown> | null | undefined
  config?: Record<string, unknown> | null | undefined
  cron_schedule?: string | null | undefined
  timezone?: string | null | undefined
  schedule?: { cron?: string | null | undefined; timezone?: string | null | undefined } | null | undefined
}

interface Agree {
  (first: 'collection', second: 'readable_collection_id'): string | null | undefined
  (first: 'config_fields', second: 'config'): Record<string, unknown> | null | undefined
  (first: 'cron_schedule', second: readonly ['schedule', 'cron']): string | null | undefined
  (first: 'timezone', second: readonly ['schedule', 'timezone']): string | null | undefined
}

/** One value of the two names, whichever was given; both, when they differ, are an error at the second. */
function agreement(given: Given, context: z.RefinementCtx): Agree {
  const agree = (first: keyof Given, second: Path): unknown => {
    const [a, b] = [given[first], valueAt(given, second)]
    const absent = a === undefined || (a === null && first !== 'cron_schedule')
    if (absent) return b
    if (b !== undefined && canonicalJson(a) !== canonicalJson(b)) {
      const path = typeof second === 'string' ? [second] : [...second]
      context.addIssue({ code: 'custom', path, message: `says another thing than ${first}: give one of the two` })
    }
    return a
  }
  return agree as Agree
}

function valueAt(given: Given, path: Path): unknown {
  if (typeof path === 'string') return given[path as keyof Given]
  return given.schedule?.[path[1] as 'cron' | 'timezone']
}

function renamedIn(given: Given): Renamed {
  const renamed: Record<string, readonly string[]> = {}
  if (given.auth_fields == null && given.authentication != null) {
    renamed.auth_fields = 'credentials' in given.authentication ? ['authentication', 'credentials'] : ['authentication']
  }
  if (given.config_fields == null && given.config != null) renamed.config_fields = ['config']
  if (given.collection == null && given.readable_collection_id != null) renamed.collection = ['readable_collection_id']
  if (given.cron_schedule == null && given.schedule?.cron != null) renamed.cron_schedule = ['schedule', 'cron']
  if (given.timezone == null && given.schedule?.timezone != null) renamed.timezone = ['schedule', 'timezone']
  return renamed
}
