import { describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import { errorsOf, valuesOf } from '../../../daemon/dashboard/form.ts'
import { nextRuns, runsSentence, scheduleWords } from '../../../daemon/dashboard/schedule.ts'
import { searchPath, wantedOf } from '../../../daemon/dashboard/search.ts'
import { signInPage } from '../../../daemon/dashboard/sign-in-page.ts'
import { duration, fromNow, scopeWords } from '../../../daemon/dashboard/words.ts'
import { ownOrigin } from '../../../daemon/own-origin.ts'
import { plugins } from '../../../plugins/index.ts'

const now = Date.UTC(2026, 0, 30, 12, 0)

describe('words', () => {
  it('tell times from now', () => {
    const at = (ms: number) => fromNow(new Date(now + ms).toISOString(), now)
    expect([at(-5000), at(5000), at(-300_000), at(7_200_000), at(86_400_000)]).toEqual([
      ...['just now', 'in a moment', '5 minutes ago', 'in 2 hours', 'tomorrow'],
    ])
    expect([duration(200), duration(61_000), duration(3_700_000)]).toEqual([
      'less than a second',
      '1 min 1 s',
      '1 h 1 min',
    ])
  })

  it('tell the next three runs of a schedule, in its own zone', () => {
    const runs = nextRuns({ cron: '30 7 * * *', timezone: 'Asia/Tokyo' }, now)
    expect(runs.map(({ at }) => at)).toEqual([
      ...['2026-01-30T22:30:00.000Z', '2026-01-31T22:30:00.000Z', '2026-02-01T22:30:00.000Z'],
    ])
    expect(runs[0]?.words).toMatch(/^tomorrow, 07:30/)
    expect(runs[1]?.words).toMatch(/^Sunday 1 February, 07:30/)
    expect(runsSentence({ cron: '0 0 29 2 1', timezone: 'UTC' }, now)).toBe('This schedule never comes.')
    expect(runsSentence({ cron: null, timezone: 'UTC' }, now)).toMatch(/^It will run when you choose Run/)
    expect([scheduleWords('0 * * * *'), scheduleWords('1 2 3 4 5')]).toEqual([
      ...['every hour', 'by the cron expression 1 2 3 4 5'],
    ])
  })

  it('are there for every scope that a source asks for', () => {
    const scopes = plugins.flatMap(({ sources }) => sources.flatMap(source => [...source.scopes]))
    expect(scopes.length).toBeGreaterThan(10)
    for (const scope of scopes)
      expect([scope, scopeWords(scope)]).toEqual([scope, expect.stringMatching(/^(Read|Full) /)])
  })
})

describe('a form', () => {
  const field = { title: 'T', description: 'D' }

  it('says of each field what was typed, and of an empty one nothing', () => {
    const values = new URLSearchParams({ 'x.list': 'a\n b,\n\n', 'x.number': '12', 'x.word': '  ', 'x.on': 'yes' })
    const fields = [
      { ...field, name: 'list', type: 'strings' },
      { ...field, name: 'number', type: 'integer' },
      { ...field, name: 'word', type: 'string' },
      { ...field, name: 'on', type: 'boolean', default: true },
      { ...field, name: 'off', type: 'boolean', default: true },
    ] as const
    expect(valuesOf(fields, values, 'x')).toEqual({ list: ['a', 'b'], number: 12, off: false })
    expect(valuesOf(fields, new URLSearchParams({ 'x.number': 'many', 'x.off': 'yes', 'x.on': 'yes' }), 'x')).toEqual({
      number: 'many',
    })
  })

  it('has what was wrong at its input, in words of the page', () => {
    const at = (...location: string[]) => ({
      location,
      type: 'invalid' as const,
      message: 'auth_fields.token is missing',
    })
    const failure = new Failure('invalid', 'x', { fields: [at('auth_fields', 'token'), at('cron_schedule')] })
    expect(errorsOf(failure, { 'auth.token': 'Token' })).toEqual({
      'auth.token': 'Token is missing.',
      cron: 'This is missing.',
    })
    expect(errorsOf(new Failure('offline', 'no network'))).toEqual({ '': 'No network.' })
  })
})

describe('a search', () => {
  it('is the same when its address is read again, and takes nothing that is none', () => {
    const wanted = wantedOf(
      new URLSearchParams({ query: 'a & b', source: 'slack', from: '2026-01-31', to: 'x', page: '3' }),
    )
    expect(wanted).toMatchObject({ query: 'a & b', source: 'slack', from: '2026-01-31', to: '', page: 3 })
    const { searchParams } = new URL(searchPath(wanted, 3), 'http://localhost')
    expect(wantedOf(searchParams)).toEqual(wanted)
    expect(wantedOf(new URLSearchParams({ page: '-1' })).page).toBe(1)
    expect(wantedOf(new URLSearchParams({ page: '999' })).page).toBe(25)
  })
})

describe('our own origin', () => {
  it.each([
    ['localhost', 8001, 'http://localhost:8001'],
    ['0.0.0.0', 8001, 'http://localhost:8001'],
    ['[::]', 8001, 'http://localhost:8001'],
    ['127.0.0.1', 80, 'http://127.0.0.1'],
    ['::1', 8001, 'http://[::1]:8001'],
    ['inlet.lan', 8001, 'http://inlet.lan:8001'],
  ])('of %s, port %i is %s', (host, port, origin) => {
    expect(ownOrigin(host, port)).toBe(origin)
  })
})

describe('the page after a sign-in', () => {
  it.each([
    ['invalid', 'unknown-state', 'This sign-in was not begun here'],
    ['invalid', 'sign-in-over', 'This sign-in is over'],
    ['invalid', 'sign-in-refused', 'The sign-in was refused'],
    ['conflict', 'client-missing', 'There is no OAuth client to sign in with'],
    ['scope_missing', 'sign-in-failed', 'Something was not allowed'],
    ['client_invalid', 'sign-in-failed', 'The provider refuses the OAuth client'],
    ['token_revoked', undefined, 'The provider did not take the sign-in'],
    ['offline', undefined, 'The provider could not be reached'],
    ['vault_locked', undefined, 'The vault is locked'],
    ['internal', undefined, 'The sign-in did not work'],
  ] as const)('says of %s (%s) what to do', async (code, problem, title) => {
    const page = String(await signInPage(new Failure(code, 'said <by> the provider', { problem })))
    expect(page).toContain(`<h1>${title}</h1>`)
    expect(page).toContain('Said &lt;by&gt; the provider.')
    expect(page).toMatch(/<p class="lead">[A-Z][^<]+\.<\/p>/)
  })
})
