/** Which connection, collection or source a person means. */
import { Failure, quote } from '../../core/errors.ts'
import { closest } from '../../core/fields.ts'
import { clean } from '../command-line/text.ts'
import type { CollectionBody } from '../schemas/collection.ts'
import type { ConnectionItemBody } from '../schemas/connection.ts'
import type { Client } from './client.ts'

const pageSize = 1000

/** @param collection only those of the collection with this readable id. @throws Failure `not_found` for one that is not */
export async function listConnections(client: Client, collection?: string): Promise<ConnectionItemBody[]> {
  if (collection === undefined) return listAll(client, '/source-connections', '')
  await client.ask('GET', `/collections/${encodeURIComponent(collection)}`)
  return listAll(client, '/source-connections', `collection=${encodeURIComponent(collection)}&`)
}

export function listCollections(client: Client): Promise<CollectionBody[]> {
  return listAll(client, '/collections', '')
}

/** Shorter beginnings of an id are more likely to be something else. */
const shortestPrefix = 4

/**
 * By id, by the beginning of an id, or by name, in this order.
 * @throws Failure `not_found`; `invalid` where more than one is meant
 */
export function pickConnection(connections: readonly ConnectionItemBody[], text: string): ConnectionItemBody {
  const wanted = text.toLowerCase()
  const ways: readonly ((connection: ConnectionItemBody) => boolean)[] = [
    ({ id }) => id === wanted,
    ({ name }) => name === text,
    ({ id }) => text.length >= shortestPrefix && id.startsWith(wanted),
    ({ name }) => name.toLowerCase() === wanted,
  ]
  for (const way of ways) {
    const found = connections.filter(way)
    const [first] = found
    if (found.length > 1) {
      const ids = found.map(({ id }) => id).join(', ')
      throw new Failure(
        'invalid',
        `more than one connection is called ${quote(clean(text))}: name it by its id, ${ids}`,
      )
    }
    if (first) return first
  }
  const meant = closest(
    text,
    connections.map(({ name }) => name),
  )
  const hint = meant ? `did you mean ${quote(clean(meant))}?` : 'inlet connections lists them all'
  throw new Failure('not_found', `there is no connection ${quote(clean(text))}: ${hint}`, {
    problem: 'unknown-connection',
  })
}

export async function findConnection(client: Client, text: string): Promise<ConnectionItemBody> {
  return pickConnection(await listConnections(client), text)
}

async function listAll<Item>(client: Client, path: string, query: string): Promise<Item[]> {
  const all: Item[] = []
  for (;;) {
    const some = await client.ask<Item[]>('GET', `${path}?${query}skip=${all.length}&limit=${pageSize}`)
    all.push(...some)
    if (some.length < pageSize) return all
  }
}
