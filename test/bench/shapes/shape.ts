/** One provider as a bench's process serves it: no checks, answers prepared, so that it is not what is measured. */
export interface Shape {
  /** The body of the answer; JSON unless it begins with `--`, which is a batch. */
  answer(path: string, body: string): string
  /** So many new items. */
  change(number: number): void
  /** The requests that a first listing has to send, in an order that works: to be fetched and thrown away. */
  requests(): { path: string; body?: string; contentType?: string }[]
}
