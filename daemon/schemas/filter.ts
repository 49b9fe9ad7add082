/** Qdrant's filter as the SDKs write it, brought into the store's own, stricter shape. */
import { z } from 'zod'
import type { Condition, Filter } from '../../core/store/store.ts'
import { strict } from './strict.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string, a number or a boolean' })
const scalars = z.array(z.union([z.string(), z.number()], { error: 'must be a string or a number' }))

const match = strict({
  value: scalar.nullish().meta({ description: 'Is exactly this' }),
  any: scalars.nullish().meta({ description: 'Is one of these' }),
  except: scalars.nullish().meta({ description: 'Is none of these' }),
  text: z.string().nullish().meta({ description: 'Has these words in it' }),
  phrase: z.string().nullish().meta({ description: 'Has these words in it, in this order' }),
}).transform((given, context) => {
  if (given.value != null) return only(given, { value: given.value }, context)
  if (given.any != null) return only(given, { any: given.any }, context)
  if (given.except != null) return only(given, { except: given.except }, context)
  if (given.text != null) return only(given, { text: given.text }, context)
  if (given.phrase != null) return only(given, { phrase: given.phrase }, context)
  context.addIssue({ code: 'custom', message: 'takes one of value, any, except, text, phrase' })
  return z.NEVER
})

const bound = z.union([z.number(), z.string()], { error: 'must be a number or an ISO 8601 time' }).nullish()
const range = strict({
  gt: bound.meta({ description: 'Greater than: a number or an ISO 8601 time' }),
  gte: bound.meta({ description: 'Greater than or equal to' }),
  lt: bound.meta({ description: 'Less than' }),
  lte: bound.meta({ description: 'Less than or equal to' }),
})

const payloadField = strict({ key: z.string().meta({ description: 'The field that is tested' }) })
const flagOrField = z.union([z.boolean(), payloadField], { error: 'must be a boolean beside "key", or { "key": ... }' })

interface GivenCondition {
  key?: string | null | undefined
  match?: z.output<typeof match> | null | undefined
  range?: z.output<typeof range> | null | undefined
  is_empty?: z.output<typeof flagOrField> | null | undefined
  is_null?: z.output<typeof flagOrField> | null | undefined
  has_id?: (string | number)[] | null | undefined
  must?: Condition[] | undefined
  should?: Condition[] | undefined
  must_not?: Condition[] | undefined
  min_should?: Filter['min_should']
}

const conditionReference = { $ref: '#/components/schemas/Condition' }

const conditions: z.ZodType<Condition[] | undefined> = z
  .lazy(() => z.preprocess(listed, z.array(condition).optional()))
  .meta({
    description: 'One condition or a list of them',
    // What is generated knows the list alone.
    type: undefined,
    items: undefined,
    anyOf: [{ type: 'array', items: conditionReference }, conditionReference, { type: 'null' }],
  })

const minShould = strict({
  conditions: conditions.transform(given => given ?? []).meta({ description: 'Those that are counted' }),
  min_count: z.number().int().min(0).meta({ description: 'How many of them must hold' }),
})

const clauses = {
  must: conditions,
  should: conditions,
  must_not: conditions,
  min_should: minShould.nullish().meta({ description: 'At least so many of these' }),
}

const condition: z.ZodType<Condition> = strict({
  key: z.string().nullish().meta({
    description:
      'The field that is tested: `source_name`, `entity_type`, `source_connection_id`, `author`, `created_at`, `updated_at` or `breadcrumbs.*`',
  }),
  match: match.nullish().meta({ description: 'What the field must be: one of the five' }),
  range: range.nullish().meta({ description: 'Between what the field must be' }),
  is_empty: flagOrField.nullish().meta({ description: 'Whether the field is empty or absent' }),
  is_null: flagOrField.nullish().meta({ description: 'Whether the field is null' }),
  has_id: scalars.nullish().meta({ description: 'Is one of the entities with these ids' }),
  ...clauses,
})
  .transform((given, context) => toCondition(given, context) ?? z.NEVER)
  .meta({
    id: 'Condition',
    description: 'One test, or a filter inside the filter; several tests in one must all hold',
    examples: [{ key: 'entity_type', match: { value: 'slack_message' } }],
  })

export const filterSchema: z.ZodType<Filter> = strict(clauses)
  .transform(given => compact(given))
  .meta({
    id: 'Filter',
    description: 'All of `must`, none of `must_not`, at least one of `should`, and `min_count` of `min_should`',
    examples: [{ must: [{ key: 'entity_type', match: { value: 'slack_message' } }] }],
  })

/** A condition alone stands for a list of one, and null for none. */
function listed(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  return Array.isArray(value) ? value : [value]
}

/** Several tests beside one key must all hold, as in Qdrant. */
function toCondition(given: GivenCondition, context: z.RefinementCtx): Condition | undefined {
  const found: Condition[] = []
  const { key } = given
  const needsKey = given.match != null || given.range != null || given.is_empty === true || given.is_null === true
  if (key == null && needsKey) {
    context.addIssue({ code: 'custom', path: ['key'], message: 'names the field that is tested: give it' })
    return undefined
  }
  if (key != null && given.match != null) found.push({ key, match: given.match })
  if (key != null && given.range != null) found.push({ key, range: compact(given.range) })
  if (given.is_empty != null) found.push(...presence(key, given.is_empty, tested => ({ is_empty: { key: tested } })))
  if (given.is_null != null) found.push(...presence(key, given.is_null, tested => ({ is_null: { key: tested } })))
  if (given.has_id != null) found.push({ has_id: given.has_id.map(String) })
  const { must, should, must_not, min_should } = given
  if (must || should || must_not || min_should) found.push(compact({ must, should, must_not, min_should }))
  const [first, ...others] = found
  if (first === undefined) {
    const message = 'tests nothing: give match, range, is_empty, is_null, has_id, must, should, must_not or min_should'
    context.addIssue({ code: 'custom', message })
    return undefined
  }
  return others.length === 0 ? first : { must: found }
}

function presence(
  key: string | null | undefined,
  given: boolean | { key: string },
  test: (key: string) => Condition,
): Condition[] {
  if (typeof given === 'object') return [test(given.key)]
  if (key == null) return []
  return [given ? test(key) : { must_not: [test(key)] }]
}

function only<Match>(given: object, chosen: Match, context: z.RefinementCtx): Match {
  const count = Object.values(given).filter(value => value != null).length
  if (count > 1)
    context.addIssue({ code: 'custom', message: 'takes one of value, any, except, text, phrase: not several' })
  return chosen
}

function compact<Members extends object>(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value != null)) as Members
}
