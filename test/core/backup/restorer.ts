/** Run as a process of its own, to be killed: restores a backup over what is there, and says when it begins. */
import { restoreBackup } from '../../../core/backup/restore.ts'
import { bytesIn } from '../../../core/backup/snapshot.ts'
import { systemClock } from '../../../core/clock.ts'

const [dataDir = '', file = ''] = process.argv.slice(2)
console.log('begins')
await restoreBackup({ dataDir, source: bytesIn(file), force: true, clock: systemClock })
