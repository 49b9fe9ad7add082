/** A process that stores one credential after the other until it is killed, and prints each that was promised. */
import { silentLog } from '../../core/log.ts'
import { Secret } from '../../core/secret.ts'
import { openVault } from '../../core/vault/index.ts'

const [dataDir = '', connectionId = '', key = ''] = process.argv.slice(2)
const vault = await openVault({ dataDir, environment: { INLET_MASTER_KEY: key }, log: silentLog })
const stored = await vault.get(connectionId)
for (let generation = (stored?.generation ?? 0) + 1; ; generation++) {
  await vault.put(connectionId, {
    generation,
    accessToken: new Secret(`access-${generation}`),
    fields: { padding: 'x'.repeat(20_000) },
    obtainedAt: '2026-01-01T00:00:00.000Z',
  })
  process.stdout.write(`${generation}\n`)
}
