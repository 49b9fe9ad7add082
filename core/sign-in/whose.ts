/** Whose account a token of a sign-in belongs to. */
import { isFailure } from '../errors.ts'
import type { SourceInfo } from '../inlet.ts'
import type { Account } from '../plugin.ts'
import type { Runner } from '../runner.ts'
import type { Secret } from '../secret.ts'
import { overrideTokens } from '../tokens.ts'

/**
 * @param needed whether it must be known, because a connection belongs to somebody already
 * @returns nothing where the provider cannot tell, or not now
 * @throws Failure that says why the token does not work, or with `needed` why its account is not known
 */
export async function whose(
  runner: Pick<Runner, 'probe'>,
  info: SourceInfo,
  token: Secret,
  needed: boolean,
): Promise<Account | null> {
  try {
    return await runner.probe(info, overrideTokens(token))
  } catch (error) {
    if (!needed && isFailure(error) && ['wait', 'skip', 'fail'].includes(error.remedy)) return null
    throw error
  }
}
