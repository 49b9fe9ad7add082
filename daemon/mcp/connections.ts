/** Collections and connections as a model names them. */
import { Failure, quote } from '../../core/errors.ts'
import { isUuid } from '../../core/identifiers.ts'
import type { ConnectionView, Inlet } from '../../core/inlet.ts'
import { oneLine } from './size.ts'

const pageSize = 1000
const mostNames = 10

/** All that the caller sees, oldest first. */
export async function allConnections({ connections }: Inlet): Promise<ConnectionView[]> {
  return everyPage(page => connections.list(page))
}

/** Readable ids of all collections that the caller sees. */
export async function allCollections({ collections }: Inlet): Promise<string[]> {
  return (await everyPage(page => collections.list(page))).map(({ readableId }) => readableId)
}

/**
 * A connection by its id, or by a name that no other has.
 * @throws Failure `not_found` (`unknown-connection`), `invalid` where several have the name
 */
export async function findConnection(inlet: Inlet, given: string): Promise<ConnectionView> {
  const wanted = given.trim()
  if (isUuid(wanted)) return inlet.connections.get(wanted.toLowerCase())
  const named = (await allConnections(inlet)).filter(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  const [only, ...others] = named
  if (!only) {
    const message = `there is no source connection ${quote(given)}`
    throw new Failure('not_found', message, { problem: 'unknown-connection' })
  }
  if (others.length === 0) return only
  const ids = listed(named.map(({ id }) => id))
  throw new Failure('invalid', `${named.length} connections have this name, so give an id instead: ${ids}`)
}

/**
 * The collection that is meant: the one that is named, or the only one that there is.
 * @throws Failure `not_found` (`unknown-collection`), `invalid` where none is named of several
 */
export async function meantCollection(inlet: Inlet, given: string | undefined): Promise<string> {
  if (given !== undefined) return (await inlet.collections.get(given)).readableId
  const all = await allCollections(inlet)
  const [only, ...others] = all
  if (only === undefined)
    throw new Failure('invalid', 'there is no collection yet: a person makes one by connecting a source')
  if (others.length === 0) return only
  throw new Failure('invalid', `there are ${all.length} collections, so name one of them as collection: ${listed(all)}`)
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map(name => oneLine(name, 64))
  return names.length > mostNames ? `${shown.join(', ')}, …` : shown.join(', ')
}

async function everyPage<Row>(read: (page: { skip: number; limit: number }) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await read({ skip: rows.length, limit: pageSize })
    rows.push(...page)
    if (page.length < pageSize) return rows
  }
}
