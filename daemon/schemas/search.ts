import { z } from 'zod'
import { defaultItems, ignored, limitQuery, mostItems, skipQuery } from './common.ts'
import { entityMembers } from './entity.ts'
import { passageExample, searchHitExample } from './examples.ts'
import { filterSchema } from './filter.ts'
import { strict } from './strict.ts'

const query = z.string().meta({ description: 'Any text a person may type', examples: ['recipe'] })
const responseType = z.enum(['raw', 'completion'])

export const searchQuery = z.object({
  query,
  limit: limitQuery,
  offset: skipQuery,
  response_type: responseType.optional().meta({ description: 'Results are always raw' }),
})

export const searchBody = strict({
  query,
  limit: z
    .number()
    .int()
    .min(1)
    .max(mostItems)
    .nullish()
    .meta({ default: defaultItems, description: 'How many at most' }),
  offset: z
    .number()
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .meta({ default: 0, description: 'How many to leave out first' }),
  filter: filterSchema.nullish(),
  response_type: responseType.nullish().meta({ description: 'Results are always raw' }),
  score_threshold: ignored.optional(),
  summarize: ignored.optional(),
  expansion_strategy: ignored.optional(),
  retrieval_strategy: ignored.optional(),
  temporal_relevance: ignored.optional(),
  expand_query: ignored.optional(),
  interpret_filters: ignored.optional(),
  rerank: ignored.optional(),
  generate_answer: ignored.optional(),
  search_method: ignored.optional(),
  recency_bias: ignored.optional(),
  enable_reranking: ignored.optional(),
  enable_query_interpretation: ignored.optional(),
}).meta({
  id: 'Search',
  description: 'What to search for, and in what',
  examples: [
    {
      query: 'recipe',
      limit: 5,
      filter: {
        must: [
          { key: 'entity_type', match: { value: 'slack_message' } },
          { key: 'created_at', range: { gte: '2024-01-01T00:00:00Z' } },
        ],
      },
    },
  ],
})

const snippet = z.string().meta({ description: 'HTML: escaped text with `<mark>` around matches' })
const page = z.number().int().nullable()

const passageSchema = z
  .object({
    snippet,
    page: page.meta({ description: 'As the document numbers them; null where it has none' }),
    heading: z.string().nullable().meta({ description: 'Of the section of a long text that the match is in' }),
    score: z.number().meta({ description: 'Higher is better; comparable within one answer only' }),
  })
  .meta({ id: 'Passage', description: 'A part of what was found', examples: [passageExample] })

export type PassageBody = z.infer<typeof passageSchema>

export const searchHitSchema = z
  .object({
    ...entityMembers,
    score: z.number().meta({ description: 'Higher is better; comparable within one answer only' }),
    relevance_score: z.number().meta({ description: 'The score brought between 0 and 1' }),
    snippet: snippet.meta({ description: 'Of the best passage. HTML: escaped text with `<mark>` around matches' }),
    page: page.meta({ description: 'Of the best passage, in a document with pages' }),
    passages: z.array(passageSchema).meta({
      description:
        'The best parts of a long text, best first, at most three; of a short text, and of one whose name alone matches, one',
    }),
  })
  .meta({ id: 'SearchHit', description: 'An entity that was found', examples: [searchHitExample] })
export type SearchHitBody = z.infer<typeof searchHitSchema>

export const searchAnswerSchema = z
  .object({
    results: z.array(searchHitSchema).meta({ description: 'Best first' }),
    response_type: z.literal('raw').meta({ description: 'Always `raw`' }),
    status: z.enum(['success', 'no_results']).meta({ description: 'Whether there is a result' }),
    completion: z.null().meta({ description: 'Always null: nothing here writes answers' }),
  })
  .meta({
    id: 'SearchAnswer',
    description: 'What was found',
    examples: [{ results: [searchHitExample], response_type: 'raw', status: 'success', completion: null }],
  })
export type SearchAnswerBody = z.infer<typeof searchAnswerSchema>
