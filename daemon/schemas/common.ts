import { z } from 'zod'

export const time = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601 in UTC', example: '2026-01-31T09:30:00.000Z' })
export const timeOrNull = time.nullable()
export const uuid = z.string().meta({ format: 'uuid' })

/** An id in a path. What is no UUID is the id of nothing: 404, not 422. */
export const idParameter = z
  .guid()
  .transform(id => id.toLowerCase())
  .meta({ type: 'string', format: 'uuid' })

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

export const problemBody = z
  .object({
    type: z
      .string()
      .meta({ description: 'A path that answers with an explanation', example: '/problems/unknown-connection' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          loc: z.array(z.union([z.string(), z.number()])),
          msg: z.string(),
          type: z.enum(['missing', 'unknown', 'invalid']),
        }),
      )
      .optional(),
    connection_id: uuid.optional(),
    job_id: uuid.optional(),
    provider_error: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })
export type ProblemBody = z.infer<typeof problemBody>
