/** A process that rotates the generated key of a data folder again and again until it is killed. */
import { silentLog } from '../../core/log.ts'
import { openVault } from '../../core/vault/index.ts'

const [dataDir = ''] = process.argv.slice(2)
const vault = await openVault({ dataDir, environment: {}, log: silentLog })
if (vault.locked) throw new Error(vault.lockedBecause)
for (let round = 1; ; round++) {
  process.stdout.write(`${round}\n`)
  await vault.rotate()
}
