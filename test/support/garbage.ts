import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { settle } from './fake-clock.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Frees all that nothing holds on to any more, which the machine else does whenever it likes. */
export async function collectGarbage(): Promise<void> {
  // What a turn of the event loop has looked at through a weak reference lives to its end.
  await settle()
  collect()
}
