import type { Changes, Operations } from './api.ts'
import type { Sleep } from './sleep.ts'

type Query = Parameters<Operations['listChanges']>[0]

export interface ChangesOptions extends Omit<Query, 'readable_id'> {
  /** Whether to wait for what is yet to come; default false. */
  follow?: boolean | undefined
  /** How long to wait before asking again, when there was nothing, in milliseconds; default 5000. */
  pollMs?: number | undefined
  signal?: AbortSignal | undefined
}

export async function* followChanges(
  { listChanges }: Pick<Operations, 'listChanges'>,
  sleep: Sleep,
  readableId: string,
  { follow = false, pollMs = 5000, signal, ...query }: ChangesOptions,
): AsyncGenerator<Changes, void, undefined> {
  let { after } = query
  let isCaughtUp = false
  for (;;) {
    const page: Changes = await listChanges({ ...query, readable_id: readableId, after }, { signal })
    after = page.next_cursor
    const isEmpty = page.entities.length === 0
    if (!isEmpty || !isCaughtUp) yield page
    isCaughtUp = isEmpty
    if (!isEmpty) continue
    if (!follow) return
    await sleep(pollMs, signal)
  }
}
