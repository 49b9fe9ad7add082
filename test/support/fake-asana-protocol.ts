/** What the answers of the fake Asana have in common: found objects, refusals, and tokens that mean something to it alone. */
import type { AsanaType } from './fake-asana-view.ts'
import type { FakeResponse } from './fake-server.ts'

export type Found =
  | { type: AsanaType; object: object }
  | { type: AsanaType; list: readonly { gid: string }[] }
  | { response: FakeResponse }

export class Refusal extends Error {
  readonly response: FakeResponse

  constructor(response: FakeResponse) {
    super(`answered ${response.status}`)
    this.response = response
  }
}

export function one(type: AsanaType, object: object): Found {
  return { type, object }
}

export function many(type: AsanaType, list: readonly { gid: string }[]): Found {
  return { type, list }
}

export function find<Value>(map: ReadonlyMap<string, Value>, gid: string | null | undefined): Value {
  const found = map.get(gid ?? '')
  if (found === undefined) throw new Refusal(failure(404, `Unknown object: ${gid}`))
  return found
}

export function failure(status: number, message: string): FakeResponse {
  return { status, body: { errors: [{ message, help: 'For more information, see https://developers.asana.com' }] } }
}

export function seal(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function unseal(token: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return Array.isArray(parts) ? parts.map(String) : []
  } catch {
    return []
  }
}
