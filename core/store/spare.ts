/**
 * Threads that have loaded what they run, or are about to, and wait to be told which database it is about. The store
 * alone looks into it (`takeSpareThread`): whoever embeds inlet need not have the types of Node.
 */
export interface SpareThreads {
  /** Ends those that nobody took. */
  end(): void
}
