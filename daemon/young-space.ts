/** Bounds what V8 keeps for young objects, which it would let grow to 64 MB in a long listing, for no measurable speed. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Two halves of 4 MB, of which one is in use. */
const mostBytes = 8 * 1024 * 1024

/**
 * Lets it grow until it is that large. V8 reads its own limit (`--max-semi-space-size`) once, before any of our code
 * runs; of what may be set later, it heeds only the factor by which the space grows, so that is turned on and off.
 */
export function boundYoungSpace(): void {
  let isGrowing: boolean | undefined
  const look = () => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    const mayGrow = (space?.space_size ?? 0) < mostBytes
    if (mayGrow === isGrowing) return
    isGrowing = mayGrow
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`)
  }
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] })
  look()
}
