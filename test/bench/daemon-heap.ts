/** To be imported first: the sizes of the heap that the daemon runs with, so that both sides collect garbage alike. */
import { setFlagsFromString } from 'node:v8'
import { boundHeap } from '../../daemon/heap.ts'

setFlagsFromString('--max-semi-space-size=4')
boundHeap()
