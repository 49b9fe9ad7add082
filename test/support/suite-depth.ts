/**
 * How often a promise is tried: a few times in the everyday run, as often as it takes to trust it where `CI` is set. Our
 * own sources fail at every request there, at every eleventh one every day, and in every way that there is with
 * `INLET_THOROUGH`.
 */
export const isFull = Boolean(process.env.CI || process.env.INLET_THOROUGH)

export const depth = {
  stride: isFull ? 1 : 11,
  thorough: Boolean(process.env.INLET_THOROUGH),
}

/** One of two numbers of repetitions, or of whatever else is tried more often where there is time. */
export function times(everyday: number, full: number): number {
  return isFull ? full : everyday
}
