/** Why a connection will need a person. */

/**
 * - `access_token_ends`: it dies, and there is no refresh token.
 * - `refresh_token_ends`: the provider said how long the refresh token lives (Google's 7 days while an app is in Testing).
 * - `refresh_token_idle`: the provider drops one that is not used for so long; each refresh moves it on.
 */
export const needReasons = ['access_token_ends', 'refresh_token_ends', 'refresh_token_idle'] as const
export type NeedReason = (typeof needReasons)[number]

export const needSentences: Readonly<Record<NeedReason, string>> = {
  access_token_ends: 'the access token dies then, and there is no refresh token: give new auth_fields before',
  refresh_token_ends: 'the refresh token dies then: sign in again, or give new auth_fields before',
  refresh_token_idle: 'the provider drops the refresh token then unless it is used before: let the connection run',
}
