/**
 * Does `work` for each item, at most `parallel` at a time, and gives the results in the order of the items. Only as
 * much is begun as the window holds, so a slow consumer keeps memory flat. The first failure is thrown in its turn.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item>,
  parallel: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const window: Promise<Result>[] = []
  for (const item of items) {
    const result = work(item)
    // What a stopped consumer never takes must not count as unhandled; whoever takes it still gets the failure.
    result.catch(() => undefined)
    window.push(result)
    const first = window.length < parallel ? undefined : window.shift()
    if (first) yield await first
  }
  for (const result of window) yield await result
}
