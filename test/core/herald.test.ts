import { describe, expect, it } from 'vitest'
import { type Code, Failure } from '../../core/errors.ts'
import { createHerald, type Herald } from '../../core/herald.ts'
import { categoryOf, needsPerson } from '../../core/job-outcome.ts'
import type { ConnectionRow } from '../../core/store/store.ts'
import { connectionRow, jobRow } from '../support/store-suite/fixtures.ts'

function herald(): Herald {
  return createHerald({ clientOf: async ({ shortName }) => ({ provider: shortName, clientId: 'client' }) })
}

/** What is told of runs that end one after the other, but for the ends themselves. */
async function told(codes: readonly (Code | 'well')[], subject = herald(), given = connectionRow('one')) {
  let connection: ConnectionRow = given
  const heard: string[] = []
  for (const code of codes) {
    const failure = code === 'well' ? undefined : new Failure(code, `it was ${code}`)
    const { happenings, stored } = await subject.ended(connection, jobRow('job', connection.id), failure)
    heard.push(
      happenings
        .slice(1)
        .map(({ type }) => type)
        .join(' ') || '-',
    )
    stored()
    if (failure?.remedy === 'ours') continue
    const lastErrorCategory = failure ? categoryOf(failure) : null
    const authState = failure && needsPerson(failure) ? 'needs_reauth' : failure ? connection.authState : 'ready'
    connection = { ...connection, lastErrorCategory, authState }
  }
  return heard
}

describe('what is told at the end of a job', () => {
  it.each<[string, (Code | 'well')[], string[]]>([
    ['nothing beside it while all is well', ['well', 'well'], ['-', '-']],
    [
      'that the connection fails, once, and that it has recovered',
      ['unavailable', 'bad_response', 'well', 'well', 'unavailable'],
      ['connection.failing', '-', 'connection.recovered', '-', 'connection.failing'],
    ],
    ['that it needs a person, once', ['token_revoked', 'token_revoked'], ['connection.needs_reauth', '-']],
    [
      'both, where it failed before it needed one',
      ['unavailable', 'token_revoked'],
      ['connection.failing', 'connection.needs_reauth'],
    ],
    [
      'that the client is refused, once, until it works again',
      ['client_invalid', 'client_invalid', 'well', 'client_invalid'],
      ['client.refused', '-', 'connection.recovered', 'client.refused'],
    ],
    ['nothing beside it where it was ended by hand or by a stop', ['cancelled', 'interrupted'], ['-', '-']],
  ])('is %s', async (_what, codes, heard) => {
    expect(await told(codes)).toEqual(heard)
  })

  it('is one refusal for all connections of the client, also where inlet was started again meanwhile', async () => {
    const first = herald()
    expect(await told(['client_invalid'], first)).toEqual(['client.refused'])
    expect(await told(['client_invalid'], first, connectionRow('two'))).toEqual(['-'])
    const refused = connectionRow('one', { lastErrorCategory: 'client_invalid' })
    expect(await told(['client_invalid'], herald(), refused)).toEqual(['-'])
  })

  it('is told again where the disk did not take it', async () => {
    const subject = herald()
    const failure = new Failure('client_invalid', 'refused')
    for (let times = 0; times < 2; times++) {
      const { happenings } = await subject.ended(connectionRow('one'), jobRow('job', 'one'), failure)
      expect(happenings.map(({ type }) => type)).toEqual(['job.failed', 'client.refused'])
    }
  })

  it('is nothing of the connection where the job ran with a token of its own', async () => {
    const job = jobRow('job', 'one', { trigger: 'override' })
    const { happenings } = await herald().ended(connectionRow('one'), job, new Failure('token_revoked', 'gone'))
    expect(happenings.map(({ type }) => type)).toEqual(['job.failed'])
  })
})
