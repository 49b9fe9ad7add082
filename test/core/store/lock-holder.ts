/** Holds the lock of a folder until it is killed. */
import { lockFolder } from '../../../core/store/lock.ts'

const [folder = ''] = process.argv.slice(2)
await lockFolder(folder)
process.stdout.write('held\n')
process.stdin.resume()
