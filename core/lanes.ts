/** A queue with a few places: who waits begins when one is free, first come first served. */
import { type Clock, notNeeded } from './clock.ts'

export interface Lane<Work> {
  /** How many have begun and are not over. */
  readonly begun: number
  readonly waiting: number
  /** Whether one more would begin soon: no more wait than there are places. */
  readonly hasRoom: boolean
  /** Does what comes before waiting; it counts as waiting meanwhile. */
  arrive<Result>(prepare: () => Promise<Result>): Promise<Result>
  add(work: Work): void
  /** @returns whether it was waiting, and does not any more */
  drop(work: Work): boolean
  /** One that can do nothing until then, in milliseconds since 1970, leaves its place to another. */
  stepAside(work: Work, untilMs: number): void
  /** It has something to do again. */
  comeBack(work: Work): void
  /** Begins none any more. */
  close(): void
}

/** How many may be aside for each place: each one keeps what it has read and not stored yet. */
const asidePerPlace = 2
/** A shorter wait is not worth the place of another, in milliseconds. */
const shortestAsideMs = 1000

export function createLane<Work>(options: {
  /** How many places there are. */
  width: number
  clock: Clock
  /** Does the work; never throws. */
  perform(work: Work): Promise<void>
  /** Told when `hasRoom` may be otherwise than before. */
  roomy(): void
}): Lane<Work> {
  const { width, clock, perform, roomy } = options
  const waiting: Work[] = []
  /** Ends the sleep of each that is aside. */
  const aside = new Map<Work, AbortController>()
  let running = 0
  let arriving = 0
  let isClosed = false

  return {
    get begun() {
      return running + aside.size
    },
    get waiting() {
      return waiting.length
    },
    get hasRoom() {
      return waiting.length + arriving < width
    },
    async arrive(prepare) {
      arriving++
      try {
        return await prepare()
      } finally {
        arriving--
      }
    },
    add(work) {
      waiting.push(work)
      pump()
    },
    drop(work) {
      const place = waiting.indexOf(work)
      if (place >= 0) waiting.splice(place, 1)
      return place >= 0
    },
    stepAside,
    comeBack,
    close() {
      isClosed = true
    },
  }

  function pump(): void {
    while (running < width && !isClosed) {
      const work = waiting.shift()
      if (work === undefined) return
      running++
      void perform(work).finally(() => {
        comeBack(work)
        running--
        pump()
        roomy()
      })
    }
  }

  function stepAside(work: Work, untilMs: number): void {
    const ms = untilMs - clock.now()
    if (aside.has(work) || ms < shortestAsideMs || aside.size >= width * asidePerPlace) return
    const back = new AbortController()
    aside.set(work, back)
    running--
    clock.sleep(ms, back.signal).then(
      () => comeBack(work),
      () => {},
    )
    pump()
    roomy()
  }

  /** Nobody is sent away for it: as long as more run than there are places, none begins. */
  function comeBack(work: Work): void {
    const back = aside.get(work)
    if (!back) return
    back.abort(notNeeded)
    aside.delete(work)
    running++
  }
}
