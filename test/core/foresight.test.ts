import { describe, expect, it } from 'vitest'
import { foresee, needColumns } from '../../core/foresight.ts'
import { oauth2 } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import type { Credential } from '../../core/vault/index.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)
const endAfter = (ms: number) => new Date(start + ms).toISOString()

function credential(changes: Partial<Credential> = {}): Credential {
  return { generation: 1, accessToken: new Secret('a'), fields: {}, obtainedAt: endAfter(0), ...changes }
}

const refreshToken = new Secret('r')

describe('a need of a person', () => {
  it.each<[string, Partial<Credential>, number | undefined, ReturnType<typeof foresee>]>([
    ['is not known of a token without an end', {}, 90, undefined],
    [
      'comes with the end of an access token that nothing renews',
      { expiresAt: endAfter(day) },
      90,
      { at: endAfter(day), reason: 'access_token_ends' },
    ],
    [
      'does not come with that of one that is renewed',
      { expiresAt: endAfter(day), refreshToken },
      undefined,
      undefined,
    ],
    [
      'comes with the end of the refresh token that the provider told',
      { refreshToken, refreshTokenExpiresAt: endAfter(7 * day) },
      180,
      { at: endAfter(7 * day), reason: 'refresh_token_ends' },
    ],
    [
      'comes when the refresh token was not used for as long as the provider keeps one',
      { refreshToken },
      90,
      { at: endAfter(90 * day), reason: 'refresh_token_idle' },
    ],
    [
      'is the first one that there is',
      { refreshToken, refreshTokenExpiresAt: endAfter(100 * day) },
      90,
      { at: endAfter(90 * day), reason: 'refresh_token_idle' },
    ],
  ])('%s', (_what, changes, refreshTokenIdleDays, need) => {
    expect(foresee(credential(changes), { refreshTokenIdleDays })).toEqual(need)
  })

  it.each([
    ['three days ahead of one that is far', 90 * day, 87 * day],
    ['a quarter of its life ahead of one that is near', 3_600_000, 2_700_000],
  ])('is told %s', (_what, life, tellAt) => {
    const columns = needColumns(credential({ expiresAt: endAfter(life) }), oauth2({}))
    expect(columns).toMatchObject({ needsPersonAt: endAfter(life), needTellAt: endAfter(tellAt) })
  })
})
