/** To be imported first: the sizes of the heap that the daemon runs with, so that both sides collect garbage alike. */
import { setFlagsFromString } from 'node:v8'
import { boundYoungSpace } from '../../daemon/young-space.ts'

setFlagsFromString('--max-semi-space-size=4')
setFlagsFromString('--heap-growing-percent=20')
boundYoungSpace()
