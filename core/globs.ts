import picomatch from 'picomatch'

export interface PathFilter {
  /** Whether the configuration asks for the file at this path; everything, when there are no patterns. */
  includes(path: string): boolean
}

/** Path globs relative to a drive's root, such as `Docs/**`. A leading slash is of no meaning. */
export function pathFilter(patterns: readonly string[] | undefined): PathFilter {
  if (!patterns?.length) return { includes: () => true }
  const matches = picomatch(
    patterns.map(pattern => pattern.replace(/^\/+/, '')),
    { dot: true, nocase: true },
  )
  return { includes: path => matches(path.replace(/^\/+/, '')) }
}
