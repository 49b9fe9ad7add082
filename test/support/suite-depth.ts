/**
 * How much of the suite our own sources are put through: every request fails where `CI` is set, every third one in the
 * everyday run, and in every way that there is with `INLET_THOROUGH`.
 */
export const depth = {
  stride: process.env.CI || process.env.INLET_THOROUGH ? 1 : 3,
  thorough: Boolean(process.env.INLET_THOROUGH),
}
