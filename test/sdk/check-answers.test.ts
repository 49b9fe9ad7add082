import { expect, it } from 'vitest'
import { problemsOfAnswers } from './check-answers.ts'

const when = '2026-01-01T00:00:00.000Z'
const collection = {
  ...{ name: 'Mail', readable_id: 'mail', id: 'a', status: 'ACTIVE', created_by_email: null },
  ...{ created_at: when, modified_at: when, organization_id: 'b', vector_size: 0, embedding_model_name: 'none' },
}
const connection = {
  ...{ id: 'a', name: 'Mail', short_name: 'gmail', readable_collection_id: 'mail', status: 'needs_reauth' },
  ...{ created_at: when, modified_at: when, auth: { method: 'oauth_token', authenticated: true } },
  ...{ sync: { last_job: { id: 'b', status: 'in_progress' } }, entities: { by_type: { message: { count: 3 } } } },
}
const source = {
  ...{ name: 'Gmail', auth_config_class: 'a', config_class: 'b', short_name: 'gmail', class_name: 'c', id: 'd' },
  ...{ created_at: when, modified_at: when, config_fields: { fields: [] }, auth_fields: { fields: [] } },
}

const answers = {
  collection: { client: 'sdk7', resource: 'collections', method: 'get', answer: collection },
  collections: { client: 'sdk7', resource: 'collections', method: 'list', answer: [collection, collection] },
  older: { client: 'sdk1', resource: 'collections', method: 'getCollection', answer: collection },
  connection: { client: 'sdk7', resource: 'sourceConnections', method: 'get', answer: connection },
  source: { client: 'sdk1', resource: 'sources', method: 'readSource', answer: source },
  address: {
    client: 'sdk1',
    resource: 'whiteLabels',
    method: 'getWhiteLabelOauth2AuthUrlWhiteLabelsWhiteLabelIdOauth2AuthUrlOptions',
    answer: 'https://accounts.example',
  },
  hits: {
    client: 'sdk7',
    resource: 'collections',
    method: 'searchGetLegacy',
    answer: { results: [{ any: 'thing', at: ['all'] }], response_type: 'raw', status: 'success' },
  },
} as const

it('answers that are as promised pass, with more than was promised, and with null where nothing need be', async () => {
  expect(await problemsOfAnswers(Object.values(answers))).toEqual([])
})

const without = (whole: object, name: string) =>
  Object.fromEntries(Object.entries(whole).filter(([member]) => member !== name))
const job = { id: 'b', status: 'done' }
const wrong: [string, keyof typeof answers, unknown, RegExp][] = [
  ['a member that is missing', 'collection', without(collection, 'vector_size'), /'vector_size' is missing/],
  ['one that is missing for the other client', 'older', without(collection, 'organization_id'), /'organization_id'/],
  ['one that is missing in the second item', 'collections', [collection, without(collection, 'name')], /'name'/],
  ['null where a value is required', 'collection', { ...collection, name: null }, /'name'/],
  ['a number as text', 'collection', { ...collection, vector_size: '0' }, /'vector_size'/],
  ['an optional member of the wrong type', 'collection', { ...collection, created_by_email: 5 }, /'created_by_email'/],
  ['a value that is none of the list', 'collection', { ...collection, status: 'GOOD' }, /'status'/],
  ['a word of nobody', 'connection', { ...connection, status: 'well' }, /'status'/],
  ['a word of nobody, deeper', 'connection', { ...connection, sync: { last_job: job } }, /'sync\.last_job/],
  ['a group that is missing', 'connection', without(connection, 'auth'), /'auth' is missing/],
  ['a missing member of a group', 'connection', { ...connection, auth: { method: 'direct' } }, /'authenticated'/],
  ['one in a map', 'connection', { ...connection, entities: { by_type: { note: {} } } }, /'count' is missing/],
  ['one in a list', 'source', { ...source, config_fields: { fields: [{ name: 'a' }] } }, /title, type/],
  ['an object where a list is due', 'collections', { collection }, /is not assignable/],
  ['no body', 'collection', undefined, /is not assignable/],
  [
    'an object where a text is due',
    'address',
    { url: 'https://accounts.example' },
    /is not assignable to type 'string'/,
  ],
  ['a text where objects are due', 'hits', { results: ['a'], response_type: 'raw', status: 'success' }, /results/],
]

it('every other one is told by the name of its method and of its member', async () => {
  const calls = wrong.map(([, name, answer]) => ({ ...answers[name], answer }))
  const problems = await problemsOfAnswers(calls)
  const told = wrong.map(([what, name, , pattern]) => {
    const { client, resource, method } = answers[name]
    const mine = problems.filter(problem => problem.startsWith(`${client} ${resource}.${method}: `))
    return [what, mine.some(problem => pattern.test(problem))]
  })
  expect(told).toEqual(wrong.map(([what]) => [what, true]))
  expect(problems).toHaveLength(wrong.length)
})

it.each([
  ['method', { ...answers.collection, method: 'getAll' }],
  ['resource', { ...answers.collection, resource: 'things' }],
  ['client', { ...answers.collection, client: 'sdk2' }],
])('no answer passes for a %s that there is not', async (_what, call) => {
  expect(await problemsOfAnswers([call])).toHaveLength(1)
})
