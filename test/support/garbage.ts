import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Frees all that nothing holds on to any more, which the machine else does whenever it likes. */
export async function collectGarbage(): Promise<void> {
  // What a turn of the event loop has looked at through a weak reference lives to its end.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    collect()
  }
}
