import { describe, expect, it } from 'vitest'
import { filterSchema } from '../../../daemon/schemas/filter.ts'
import { fieldErrors } from '../../../daemon/schemas/strict.ts'

const match = { key: 'source_name', match: { value: 'gmail' } }

const accepted: [what: string, given: object, expected: object][] = [
  ['nothing', {}, {}],
  ['nulls, as clients write what is absent', { must: null, should: null, must_not: null }, {}],
  ['one condition for a list of one', { must: match }, { must: [match] }],
  ['a list', { should: [match, match] }, { should: [match, match] }],
  ['an empty list', { must: [] }, { must: [] }],
  [
    'any of',
    { must: { key: 'author', match: { any: ['a', 1] } } },
    { must: [{ key: 'author', match: { any: ['a', 1] } }] },
  ],
  [
    'none of',
    { must: { key: 'author', match: { except: ['a'] } } },
    { must: [{ key: 'author', match: { except: ['a'] } }] },
  ],
  ['text', { must: { key: 'name', match: { text: 'a b' } } }, { must: [{ key: 'name', match: { text: 'a b' } }] }],
  [
    'a phrase',
    { must: { key: 'name', match: { phrase: 'a b' } } },
    { must: [{ key: 'name', match: { phrase: 'a b' } }] },
  ],
  [
    'so many of several',
    { min_should: { conditions: [match, { must: match }], min_count: 1 } },
    { min_should: { conditions: [match, { must: [match] }], min_count: 1 } },
  ],
  [
    'so many of one, within another',
    { must: { min_should: { conditions: match, min_count: 0 } } },
    { must: [{ min_should: { conditions: [match], min_count: 0 } }] },
  ],
  [
    'false, which is a value',
    { must: { key: 'raw.x', match: { value: false } } },
    { must: [{ key: 'raw.x', match: { value: false } }] },
  ],
  [
    'a range of numbers',
    { must: { key: 'raw.n', range: { gt: 1, lte: 2.5 } } },
    { must: [{ key: 'raw.n', range: { gt: 1, lte: 2.5 } }] },
  ],
  [
    'a range of times',
    { must: { key: 'updated_at', range: { gte: '2026-01-01T00:00:00Z', lt: null } } },
    { must: [{ key: 'updated_at', range: { gte: '2026-01-01T00:00:00Z' } }] },
  ],
  ['is_empty', { must: { is_empty: { key: 'author' } } }, { must: [{ is_empty: { key: 'author' } }] }],
  ['is_empty beside a key', { must: { key: 'author', is_empty: true } }, { must: [{ is_empty: { key: 'author' } }] }],
  [
    'is_empty: false, the contrary',
    { must: { key: 'author', is_empty: false } },
    { must: [{ must_not: [{ is_empty: { key: 'author' } }] }] },
  ],
  ['is_null', { must: { is_null: { key: 'author' } } }, { must: [{ is_null: { key: 'author' } }] }],
  ['has_id', { must: { has_id: ['a', 5] } }, { must: [{ has_id: ['a', '5'] }] }],
  [
    'filters within',
    { must_not: [{ should: [match, { must: match }] }] },
    { must_not: [{ should: [match, { must: [match] }] }] },
  ],
  [
    'two tests of one key, which must both hold',
    { must: { key: 'raw.n', match: { value: 1 }, range: { gt: 0 } } },
    {
      must: [
        {
          must: [
            { key: 'raw.n', match: { value: 1 } },
            { key: 'raw.n', range: { gt: 0 } },
          ],
        },
      ],
    },
  ],
  [
    'members that clients write as null',
    { must: { key: 'name', match: { value: 'a' }, range: null, is_empty: null } },
    { must: [{ key: 'name', match: { value: 'a' } }] },
  ],
]

const refused: [what: string, given: unknown, at: string, message: RegExp][] = [
  ['an unknown member', { mus: [] }, 'mus', /did you mean "must"\?/],
  ['an unknown condition', { must: [match, { kye: 'x' }] }, 'must.1.kye', /is not known here/],
  ['what only places can have', { must: { key: 'x', geo_radius: {} } }, 'must.0.geo_radius', /is not known here/],
  ['a condition that tests nothing', { must: { key: 'name' } }, 'must.0', /tests nothing/],
  ['an empty condition', { should: [{}] }, 'should.0', /tests nothing/],
  ['a test without a key', { must: { match: { value: 1 } } }, 'must.0.key', /give it/],
  ['an empty match', { must: { key: 'x', match: {} } }, 'must.0.match', /takes one of/],
  ['two matches at once', { must: { key: 'x', match: { value: 1, text: 'x' } } }, 'must.0.match', /not several/],
  [
    'a value that is none',
    { must: { key: 'x', match: { value: {} } } },
    'must.0.match.value',
    /must be a string, a number or a boolean/,
  ],
  ['a bound that is none', { must: { key: 'x', range: { gt: true } } }, 'must.0.range.gt', /must be a number or/],
  ['an unknown bound', { must: { key: 'x', range: { more: 1 } } }, 'must.0.range.more', /is not known here/],
  ['a list that is none', { must: { key: 'x', match: { any: 'a' } } }, 'must.0.match.any', /must be an array/],
  ['text', 'x', '', /must be an object/],
  ['a condition that is none', { must: ['x'] }, 'must.0', /must be an object/],
]

describe('a filter', () => {
  it.each(accepted)('may have %s', (_what, given, expected) => {
    expect(filterSchema.parse(given)).toEqual(expected)
  })

  it.each(refused)('must not have %s, and says where', (_what, given, at, message) => {
    const result = filterSchema.safeParse(given)
    const errors = result.error ? fieldErrors(result.error) : []
    expect(errors.map(({ location }) => location.join('.'))).toContain(at)
    expect(errors.map(error => error.message).join('\n')).toMatch(message)
  })
})
