/** What a service manager is to run. Nothing secret is in here: it goes into a file that others may read. */
export interface ServiceProgram {
  /** Of the service, such as `inlet`. */
  name: string
  /** Absolute paths: of Node, of inlet's entry, of where it is started, of its data. */
  node: string
  entry: string
  folder: string
  dataDir: string
  /** Variables that hold no secret. */
  environment: Readonly<Record<string, string>>
  /** Where secrets are read from at the start, `NAME=value` a line; need not be there. */
  environmentFile: string
}

/** Longer than the ten seconds that inlet takes at most. */
export const stopSeconds = 30
export const restartSeconds = 5

export function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
