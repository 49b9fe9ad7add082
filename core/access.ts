/** What a caller may do and see. */
import { Failure, quote } from './errors.ts'

/** `read` looks, `sync` also runs what is there, `admin` also changes it. Each holds those before it. */
export const accessScopes = ['read', 'sync', 'admin'] as const
export type AccessScope = (typeof accessScopes)[number]

export interface Access {
  scope: AccessScope
  /** Readable ids; null for everything. */
  collections: readonly string[] | null
  /** Aborted when it ends: what follows events ends then. */
  ended?: AbortSignal | undefined
}

export const fullAccess: Access = { scope: 'admin', collections: null }

/** Whether a scope holds another. */
export function holds(scope: AccessScope, needed: AccessScope): boolean {
  return accessScopes.indexOf(scope) >= accessScopes.indexOf(needed)
}

/** @throws Failure `forbidden` */
export function requireScope({ scope }: Access, needed: AccessScope): void {
  if (holds(scope, needed)) return
  throw new Failure('forbidden', `this API key has the scope ${quote(scope)}, and this takes ${quote(needed)}`)
}

/** For what concerns more than collections. @throws Failure `forbidden` */
export function requireEverything({ collections }: Access): void {
  if (collections === null) return
  throw new Failure('forbidden', 'this API key is limited to some collections, and this concerns more than those')
}
