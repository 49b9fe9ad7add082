/** The order of all changes: one sequence for the whole store that only ever grows, and cursors that name a place in it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { Database } from './database.ts'

export function currentSequence(database: Database): number {
  return Number(database.get('select sequence from feed')?.sequence)
}

/** Takes `count` numbers, to be used in the same transaction; returns the one before the first. */
export function takeSequences(database: Database, count: number): number {
  const before = currentSequence(database)
  if (count > 0) database.run('update feed set sequence = sequence + ?', count)
  return before
}

/** Where a follower of a collection stands. */
export interface FeedPosition {
  /** Everything up to here was shown. */
  sequence: number
  /** Where the store was when the follower began: what was deleted before it can never have seen. */
  baseline: number
}

/**
 * A position as an opaque text that proves its origin. It is bound to this store and this very collection: one from a
 * store that was started afresh, or from an older collection of the same name, must not skip changes unseen.
 */
export function encodeCursor(database: Database, collection: string, position: FeedPosition): string {
  const content = `${position.sequence}.${position.baseline}`
  return Buffer.from(`${content}.${checksum(database, collection, content)}`).toString('base64url')
}

/** @throws Failure `invalid` for a cursor that this store did not give for this collection */
export function decodeCursor(database: Database, collection: string, cursor: string): FeedPosition {
  const bytes = Buffer.from(cursor, 'base64url')
  const exact = bytes.toString('base64url') === cursor
  const match = exact ? /^((\d{1,16})\.(\d{1,16}))\.([\w-]{16})$/.exec(bytes.toString('latin1')) : null
  const [, content = '', sequence, baseline, check = ''] = match ?? []
  const position = { sequence: Number(sequence), baseline: Number(baseline) }
  const genuine =
    match !== null && timingSafeEqual(Buffer.from(check), Buffer.from(checksum(database, collection, content)))
  // A backup put back has not got as far as the cursors given out before.
  if (!genuine || Math.max(position.sequence, position.baseline) > currentSequence(database)) {
    const message = `this is not a cursor of the collection "${collection}" as it is now; list it again without one`
    throw new Failure('invalid', message, { fields: [{ location: ['after'], message, type: 'invalid' }] })
  }
  return position
}

function checksum(database: Database, collection: string, content: string): string {
  const store = database.get('select store_id from feed')?.store_id
  const id = database.get('select id from collections where readable_id = ?', collection)?.id ?? null
  return createHash('sha256')
    .update(JSON.stringify([store, collection, id, content]))
    .digest('base64url')
    .slice(0, 16)
}
