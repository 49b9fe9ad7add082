import { Failure } from '../errors.ts'
import { boundLimit, type Database } from './database.ts'
import { json, plain, table } from './rows.ts'
import type { Page, WhiteLabelRow } from './store.ts'

const whiteLabelTable = table<WhiteLabelRow>('white_labels', {
  id: plain('id'),
  name: plain('name'),
  shortName: plain('short_name'),
  redirectUrl: plain('redirect_url'),
  clientId: plain('client_id'),
  allowedOrigins: json('allowed_origins'),
  createdAt: plain('created_at'),
  modifiedAt: plain('modified_at'),
})

export function insertWhiteLabel(database: Database, whiteLabel: WhiteLabelRow): void {
  whiteLabelTable.insert(database, whiteLabel)
}

/** @throws Failure `not_found` (`unknown-white-label`) */
export function updateWhiteLabel(
  database: Database,
  { id, changes }: { id: string; changes: Partial<WhiteLabelRow> },
): void {
  if (whiteLabelTable.update(database, 'id', id, changes)) return
  throw new Failure('not_found', `there is no white label ${id}`, { problem: 'unknown-white-label' })
}

/** Its connections stay, and belong to none. */
export function deleteWhiteLabel(database: Database, id: string): void {
  database.transaction(() => {
    database.run('update connections set white_label_id = null where white_label_id = ?', id)
    database.run('delete from white_labels where id = ?', id)
  })
}

export function findWhiteLabel(database: Database, id: string): WhiteLabelRow | undefined {
  const row = database.get(`${whiteLabelTable.select} where id = ?`, id)
  return row && whiteLabelTable.read(row)
}

export function listWhiteLabels(database: Database, { skip, limit }: Page): WhiteLabelRow[] {
  const sql = `${whiteLabelTable.select} order by created_at, ordinal ${boundLimit} offset ?`
  return database.all(sql, limit, skip).map(whiteLabelTable.read)
}
