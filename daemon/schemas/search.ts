import { z } from 'zod'
import { defaultItems, ignored, limitQuery, mostItems, skipQuery } from './common.ts'
import { entityMembers } from './entity.ts'
import { filterSchema } from './filter.ts'
import { strict } from './strict.ts'

const query = z.string().meta({ description: 'Any text a person may type' })
const responseType = z.enum(['raw', 'completion'])

export const searchQuery = z.object({
  query,
  limit: limitQuery,
  offset: skipQuery,
  response_type: responseType.optional().meta({ description: 'Results are always raw' }),
})

export const searchBody = strict({
  query,
  limit: z.number().int().min(1).max(mostItems).nullish().meta({ default: defaultItems }),
  offset: z.number().int().min(0).max(1_000_000_000).nullish().meta({ default: 0 }),
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
}).meta({ id: 'Search' })

export const searchHitSchema = z
  .object({
    ...entityMembers,
    score: z.number().meta({ description: 'Higher is better; comparable within one answer only' }),
    relevance_score: z.number().meta({ description: 'The score brought between 0 and 1' }),
    snippet: z.string().meta({ description: 'HTML: escaped text with `<mark>` around matches' }),
  })
  .meta({ id: 'SearchHit' })
export type SearchHitBody = z.infer<typeof searchHitSchema>

export const searchAnswerSchema = z
  .object({
    results: z.array(searchHitSchema),
    response_type: z.literal('raw'),
    status: z.enum(['success', 'no_results']),
    completion: z.null(),
  })
  .meta({ id: 'SearchAnswer' })
export type SearchAnswerBody = z.infer<typeof searchAnswerSchema>
