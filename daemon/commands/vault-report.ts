/** The vault in words for a person. */
import type { VaultBody } from '../schemas/vault.ts'

type Source = NonNullable<VaultBody['key']>['source']

const places: Readonly<Record<Source, string>> = {
  environment: 'INLET_MASTER_KEY',
  file: 'the file that INLET_MASTER_KEY_FILE names',
  passphrase: 'INLET_PASSPHRASE',
  generated: 'master.key in the data folder',
}

export function statusLines(vault: VaultBody): string[] {
  const { locked, reason, key, credentials, sealed_with_old_key: old, unreadable, old_keys: oldKeys } = vault
  return [
    `vault:        ${locked ? `locked: ${reason}` : 'open'}`,
    `key:          ${key ? `${key.id}, from ${places[key.source]}${madeAt(key.created_at)}` : 'not known'}`,
    `credentials:  ${credentials}${old > 0 ? `, of which ${old} are sealed with an old key` : ''}`,
    ...(vault.rotation === 'running' ? ['rotation:     under way'] : []),
    ...(vault.rotation === 'unfinished' ? [`rotation:     ${unfinished(vault)}`] : []),
    ...oldKeys.map(({ id, source }) => `old key:      ${id}, from ${places[source]}`),
    ...unreadable.map(({ source_connection_id: id, reason: why }) => `cannot open:  ${id}: ${why}`),
  ]
}

export function rotatedLines(before: VaultBody, after: VaultBody): string[] {
  if (!after.key) return statusLines(after)
  const isNew = before.key?.id !== after.key.id
  return [
    isNew
      ? `A new key seals the credentials: ${after.key.id}, from ${places[after.key.source]}.`
      : 'The rotation that was begun is done.',
    ...(after.rotation === 'unfinished' ? [`Not at its end: ${unfinished(after)}.`] : []),
    ...(isNew ? nextStart(before.key?.source, after.key.source) : []),
  ]
}

/** What the operator must change, so that the next start finds the new key. */
function nextStart(before: Source | undefined, after: Source): string[] {
  const unset = before && before !== after && before !== 'generated' ? ` Unset ${variables[before]}.` : ''
  if (after === 'generated') {
    return [`Keep a copy of master.key apart from the data folder; backups need the key of their time.${unset}`]
  }
  return [`BEFORE THE NEXT START, set ${variables[after]} to the new one where inlet is started.${unset}`]
}

const variables = {
  environment: 'INLET_MASTER_KEY',
  file: 'INLET_MASTER_KEY_FILE',
  passphrase: 'INLET_PASSPHRASE',
} as const

function unfinished({ sealed_with_old_key: old, unreadable }: VaultBody): string {
  if (old > 0) return `${old} credentials are sealed with an old key; inlet vault rotate goes on`
  if (unreadable.length > 0) return `old keys are kept for ${unreadable.length} credentials that do not open`
  return 'old keys are kept for credentials that were set aside'
}

function madeAt(time: string | null): string {
  return time === null ? '' : `, made ${time}`
}
