/**
 * Takes a token out of bytes that pass by, however it is written and wherever the pieces are cut: a provider that
 * repeats what it was sent must not hand the token on. Each letter and digit of it becomes a star, so that lengths stay.
 *
 * Only letters and digits are compared, without regard to case: signs between them, and escapes for an address, JSON or
 * HTML, then change nothing. What looks like a beginning of it is held back until it is known; all else goes on at once.
 */
import { longestEscape, resolveEscapes } from './escapes.ts'

export interface TokenMask {
  /** What can go on of all that has been taken so far. */
  take(bytes: Uint8Array): Uint8Array
  /** The rest. */
  end(): Uint8Array
}

/** How to look for one token; made once, used for many streams. */
export interface TokenPattern {
  open(): TokenMask
  /** The text with the token masked. */
  clean(text: string): string
}

/** Letters and digits that a token must have to be told from other words: what is shorter is no credential. */
const leastSigns = 8
/** With fewer than these, a token counts only as it is written: in lower case and without signs it may be a word. */
const ownSigns = 32
/** A beginning of fewer signs is nothing to wait for: it stands at the end of any text, and an event's end must not wait. */
const tellingSigns = 6
/** More than this is never held back: nobody writes a token with so much between its letters. */
const mostHeldBytes = 64 * 1024

const star = 0x2a
const alphabet = 36
/** Which of the 36 letters and digits a byte is, in either case; -1 for every other sign. */
const signOf = Int8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte)
  return /[a-z0-9]/i.test(text) ? Number.parseInt(text, alphabet) : -1
})

export function tokenPattern(token: string): TokenPattern {
  const length = bare(token).length
  if (length < leastSigns) return { open: passOn, clean: text => text }
  const writings = writingsOf(token)
  const automaton = createAutomaton(writings.flatMap(patternsOf))
  const exact = length < ownSigns ? writings : undefined
  const open = () => createMask(automaton, exact)
  return {
    open,
    clean(text) {
      const bytes = Buffer.from(text)
      const mask = open()
      return Buffer.concat([mask.take(bytes), mask.end()]).toString()
    },
  }
}

function passOn(): TokenMask {
  return { take: bytes => bytes, end: () => new Uint8Array() }
}

/** The token as it is, in hexadecimal, and in base64, which has three ways to write the same by what stands before it. */
function writingsOf(token: string): string[] {
  const bytes = Buffer.from(token)
  const base64 = [0, 1, 2].map(before => {
    const written = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The signs at both ends depend on what is around.
    return written.slice(before === 0 ? 0 : before + 1, -1)
  })
  return [token, bytes.toString('hex'), ...base64].map(text => text.replace(/^[^a-z0-9]+|[^a-z0-9]+$/gi, ''))
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** A writing that is long is looked for by its halves, so that one that is cut short does not get through. */
function patternsOf(writing: string): string[] {
  const signs = bare(writing)
  const middle = Math.ceil(signs.length / 2)
  return signs.length < ownSigns ? [signs] : [signs.slice(0, middle), signs.slice(middle)]
}

/** Every pattern at once: A. Aho, M. Corasick, Efficient string matching (1975). A state is the place of its row. */
interface Automaton {
  /** By state and sign: the next state; negative where a pattern ends. */
  next: Int32Array
  /** By number of a state: how many signs of a pattern it stands for, and the longest pattern that ends there. */
  depth: Uint16Array
  ends: Uint16Array
}

function createAutomaton(patterns: readonly string[]): Automaton {
  const states = 1 + patterns.reduce((sum, { length }) => sum + length, 0)
  const next = new Int32Array(states * alphabet)
  const depth = new Uint16Array(states)
  const ends = new Uint16Array(states)
  let count = 1
  for (const pattern of patterns) {
    let state = 0
    for (const letter of pattern) {
      const at = state * alphabet + (signOf[letter.charCodeAt(0)] ?? 0)
      if (next[at] === 0) {
        depth[count] = (depth[state] ?? 0) + 1
        next[at] = count++
      }
      state = next[at] ?? 0
    }
    ends[state] = pattern.length
  }
  const fallback = new Int32Array(count)
  const queue = new Int32Array(count)
  for (let head = 0, tail = 1; head < tail; head++) {
    const state = queue[head] ?? 0
    const back = fallback[state] ?? 0
    ends[state] ||= ends[back] ?? 0
    for (let sign = 0; sign < alphabet; sign++) {
      const at = state * alphabet + sign
      const child = next[at] ?? 0
      const other = state === 0 ? 0 : (next[back * alphabet + sign] ?? 0)
      if (child === 0) next[at] = other
      else {
        fallback[child] = other
        queue[tail++] = child
      }
    }
  }
  for (let at = 0; at < next.length; at++) {
    const state = next[at] ?? 0
    next[at] = ends[state] ? -state * alphabet : state * alphabet
  }
  return { next, depth, ends }
}

function createMask(automaton: Automaton, exact: readonly string[] | undefined): TokenMask {
  /** From the beginning of what may become a match: it is read again, together with what follows it. */
  let held: Buffer = Buffer.alloc(0)
  /** How much of it has gone on already. */
  let gone = 0
  /** Where the last match ended, from the beginning of what is held. */
  let masked = Number.NEGATIVE_INFINITY

  return {
    take(bytes) {
      const data = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes])
      const { from, signs } = cover(data, true)
      const isTooMuch = data.length - from > mostHeldBytes
      // Right after one half of the token, each sign of the other tells.
      const isTelling = signs >= tellingSigns || (signs > 0 && from - masked <= longestEscape)
      const until = isTooMuch || !isTelling ? data.length : Math.max(from, gone)
      const free = data.subarray(gone, until)
      masked -= isTooMuch ? data.length : from
      held = isTooMuch ? Buffer.alloc(0) : data.subarray(from)
      gone = isTooMuch ? 0 : until - from
      return free
    },
    end() {
      const data = held.subarray(gone)
      cover(held, false)
      held = Buffer.alloc(0)
      gone = 0
      return data
    },
  }

  /** Masks what is found. @returns where a match may have begun that goes on in what is to come, and with how many signs */
  function cover(data: Buffer, goesOn: boolean): Beginning {
    const stars: [number, number][] = []
    const plain = scan(automaton, data, (from, to) => {
      if (isSpelt(data.subarray(from, to))) stars.push([from, to])
    })
    const other = scanResolved(data, goesOn, stars) ?? plain
    for (const [from, to] of stars) {
      masked = Math.max(masked, to)
      for (let at = from; at < to; at++) if ((signOf[data[at] ?? 0] ?? -1) >= 0) data[at] = star
    }
    return { from: Math.min(plain.from, other.from), signs: Math.max(plain.signs, other.signs) }
  }

  function scanResolved(data: Buffer, goesOn: boolean, stars: [number, number][]): Beginning | undefined {
    const resolved = resolveEscapes(data, goesOn)
    if (!resolved) return undefined
    const { bytes, placeOf } = resolved
    const { from, signs } = scan(automaton, bytes, (begin, end) => {
      if (isSpelt(bytes.subarray(begin, end))) stars.push([placeOf(begin), placeOf(end)])
    })
    return { from: placeOf(from), signs }
  }

  function isSpelt(found: Buffer): boolean {
    return exact === undefined || exact.includes(found.toString('latin1'))
  }
}

/** The longest beginning of a pattern that data end with. */
interface Beginning {
  /** The length of the data where there is none. */
  from: number
  signs: number
}

/** Tells of each match where it begins and ends. */
function scan(
  { next, depth, ends }: Automaton,
  data: Uint8Array,
  found: (from: number, to: number) => void,
): Beginning {
  let state = 0
  for (let at = 0; at < data.length; at++) {
    const sign = signOf[data[at] as number] as number
    if (sign < 0) continue
    state = next[state + sign] as number
    if (state >= 0) continue
    state = -state
    found(signsBefore(data, at + 1, ends[state / alphabet] ?? 0), at + 1)
  }
  const signs = depth[state / alphabet] ?? 0
  return { from: signsBefore(data, data.length, signs), signs }
}

/** Where so many letters and digits before a place begin. */
function signsBefore(data: Uint8Array, place: number, count: number): number {
  let at = place
  for (let left = count; left > 0 && at > 0; ) if ((signOf[data[--at] ?? 0] ?? -1) >= 0) left--
  return at
}
