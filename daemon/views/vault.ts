import type { VaultStatus } from '../../core/inlet.ts'
import type { VaultBody } from '../schemas/vault.ts'

export function vaultBody(status: VaultStatus): VaultBody {
  return {
    locked: status.locked,
    reason: status.lockedBecause ?? null,
    key: status.key ? keyBody(status.key) : null,
    old_keys: status.oldKeys.map(keyBody),
    rotation: status.rotation,
    credentials: status.credentials,
    sealed_with_old_key: status.sealedWithOldKey,
    unreadable: status.unreadable.map(({ connectionId, reason }) => ({ source_connection_id: connectionId, reason })),
  }
}

function keyBody({ id, source, createdAt }: NonNullable<VaultStatus['key']>): NonNullable<VaultBody['key']> {
  return { id, source, created_at: createdAt ?? null }
}
