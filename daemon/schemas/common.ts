import { z } from 'zod'

export const time = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601 in UTC', examples: ['2026-01-31T09:30:00.000Z'] })
export const timeOrNull = time.nullable()
/** A time whose meaning its name does not tell. */
export const timeWhen = (description: string) =>
  time.meta({ format: 'date-time', description: `${description} (ISO 8601 in UTC)` })
export const timeOrNullWhen = (description: string) => timeWhen(description).nullable()
export const uuid = z.string().meta({ format: 'uuid' })
/** @param description what has this id */
export const uuidOf = (description: string) => z.string().meta({ format: 'uuid', description })
export const text = (description: string) => z.string().meta({ description })
export const flag = (description: string) => z.boolean().meta({ description })
export const count = (description: string) => z.number().int().meta({ description })
/** Clients' types declare it, and here it is nobody. */
export const noEmail = z
  .null()
  .meta({ description: 'Always null: the machine has one owner, whose address is not kept' })
export const organization = uuidOf('Always the same: a machine is one organization')

/** An id in a path. What is no UUID is the id of nothing: 404, not 422. */
export const idParameter = z
  .guid()
  .transform(id => id.toLowerCase())
  .meta({ type: 'string', format: 'uuid' })

/** The same, described: what has this id. */
export const idParameterOf = (description: string) => idParameter.meta({ type: 'string', format: 'uuid', description })

const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, { error: 'must be an integer' })
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum))
    .meta({ type: 'integer', minimum, maximum })

export const mostItems = 1000
export const defaultItems = 100

export const limitQuery = integer(1, mostItems)
  .optional()
  .transform(limit => limit ?? defaultItems)
  .meta({ type: 'integer', minimum: 1, maximum: mostItems, default: defaultItems, description: 'How many at most' })

export const skipQuery = integer(0, 1_000_000_000)
  .optional()
  .transform(skip => skip ?? 0)
  .meta({ type: 'integer', minimum: 0, default: 0, description: 'How many to leave out first' })

/** A flag in a query string. */
export const flagQuery = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0']))
  .transform(value => value === 'true' || value === '1')
  .optional()
  .meta({ type: 'boolean' })

export const pageQuery = z.object({ skip: skipQuery, limit: limitQuery })

/** What a client may send although it means nothing here, because a published client's types declare it. */
export const ignored = z
  .unknown()
  .meta({ description: 'Accepted for the sake of existing clients; means nothing here' })

/** Where a stream of events is to go on (WHATWG HTML, section 9.2). */
export const lastEventId = z.object({
  'last-event-id': z
    .string()
    .optional()
    .meta({ description: 'The id of the last event that was seen, where a stream is asked for again' }),
})

export const problemBody = z
  .object({
    type: z
      .string()
      .meta({ description: 'A path that answers with an explanation', examples: ['/problems/unknown-connection'] }),
    title: text('What kind of problem it is, the same words each time'),
    status: count("The answer's own status"),
    detail: text('One sentence on this case: what is wrong and what to do'),
    errors: z
      .array(
        z.object({
          loc: z
            .array(z.union([z.string(), z.number()]))
            .meta({ description: 'Where it is: `body` or `query`, then the members down to it' }),
          msg: text('What is wrong with it'),
          type: z.enum(['missing', 'unknown', 'invalid']).meta({ description: 'Which kind of mistake it is' }),
        }),
      )
      .optional()
      .meta({ description: 'With 422: each member that is wrong, all of them at once' }),
    connection_id: uuidOf('The source connection that it concerns').optional(),
    job_id: uuidOf('The job that is in the way').optional(),
    provider_error: text("The provider's own short code, such as `invalid_grant`").optional(),
  })
  .meta({
    id: 'Problem',
    description:
      'What went wrong, as problem details (RFC 9457). Never has a token, a secret or a part of the request in it.',
  })
export type ProblemBody = z.infer<typeof problemBody>
