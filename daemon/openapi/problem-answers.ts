/** Which problems an operation may answer: those that it states, and those that come with being one. */
import { problems, type Slug } from '../problem-table.ts'

/** Of any request at all. */
const always = ['bad-request', 'host-not-allowed', 'origin-not-allowed', 'internal'] as const

/** Where a key is needed; and where one is, the data folder is too. */
const withKey = ['unauthorized', 'key-not-allowed', 'too-many-wrong-keys', 'too-many-requests', 'data-folder'] as const

const withBody = ['malformed-json', 'body-too-large', 'not-json', 'invalid-request'] as const

/** What is decided before it is known which operation is meant. */
export const beforeRouting = ['method-not-allowed', 'request-timeout', 'headers-too-large'] as const

export interface OperationForm {
  isOpen: boolean
  hasBody: boolean
  /** Whether anything in the query or a header is checked. */
  hasQuery: boolean
  answersWhileClosing: boolean
}

/** The problems that follow from what an operation is like; its own statement names the rest. */
export function impliedProblems({ isOpen, hasBody, hasQuery, answersWhileClosing }: OperationForm): Slug[] {
  return [
    ...always,
    ...(isOpen ? [] : withKey),
    ...(hasBody ? withBody : []),
    ...(hasQuery ? (['invalid-request'] as const) : []),
    ...(answersWhileClosing ? [] : (['shutting-down'] as const)),
  ]
}

/** Slugs by the status that each is answered with, in order. */
export function byStatus(slugs: Iterable<Slug>): Map<number, Slug[]> {
  const sorted = [...new Set(slugs)].sort((a, b) => problems[a].status - problems[b].status)
  return Map.groupBy(sorted, slug => problems[slug].status)
}

/** What a status means where it is one of these problems. */
export function describeProblems(slugs: readonly Slug[]): string {
  return slugs.map(slug => problems[slug].title).join('; or: ')
}
