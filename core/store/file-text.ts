/** What an entity's file says: part of the entity's text, and told apart from the rest of it by where it begins. */
import { shortVersion } from '../files/version.ts'
import type { Entity, FileText } from '../plugin.ts'
import type { Database } from './database.ts'

/** As `bodies.file` has it, in JSON. */
interface StoredFile {
  version?: string | undefined
  /** Where its text begins in the body's, in UTF-16 code units; absent where it has none. */
  at?: number
  reason?: string | undefined
  retryAt?: string | undefined
  /** Which converters have read it. */
  by: number
}

/**
 * What is said of a file is the converters' word as well: to be raised when they read more than before, so that a full
 * listing reads every file once again.
 */
const converters = 1

/** The whole text of an entity, and what is kept of its file. */
export function withFile({ text = '', file }: Pick<Entity, 'text' | 'file'>): { text: string; file: string | null } {
  if (!file || (file.version === undefined && file.reason === undefined && !file.text)) return { text, file: null }
  const { version, reason, retryAt, text: said } = file
  const whole = [text, said].filter(Boolean).join('\n\n')
  const stored: StoredFile = {
    ...{ version: version === undefined ? undefined : shortVersion(version), reason, retryAt, by: converters },
    ...(said === undefined ? {} : { at: whole.length - said.length }),
  }
  return { text: whole, file: JSON.stringify(stored) }
}

export function reasonIn(file: string | null): string | null {
  return file === null ? null : ((JSON.parse(file) as StoredFile).reason ?? null)
}

export function findFileText(
  database: Database,
  input: { connectionId: string; entityType: string; entityId: string },
): FileText | undefined {
  const row = database.get(
    `select bodies.text, bodies.file from entities join bodies on bodies.key = entities.key
     where connection_id = ? and entity_type = ? and entity_id = ?`,
    input.connectionId,
    input.entityType,
    input.entityId,
  )
  if (typeof row?.file !== 'string') return undefined
  const { at, by, version, ...told } = JSON.parse(row.file) as StoredFile
  return {
    ...told,
    ...(version === undefined || by !== converters ? {} : { version }),
    ...(at === undefined ? {} : { text: String(row.text).slice(at) }),
  }
}
