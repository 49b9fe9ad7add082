import type { Files } from './files.ts'

interface Sync {
  running: Promise<void>
  next: Promise<void> | undefined
}

const underWay = new WeakMap<Files, Map<string, Sync>>()

/**
 * Makes what was renamed and removed in a folder survive a power cut. Those who wait for the same folder wait together: a
 * sync covers what was done before it began, so who comes while one is under way shares the next one with all who do.
 */
export function syncTogether(files: Files, folder: string): Promise<void> {
  const folders = underWay.get(files) ?? new Map<string, Sync>()
  underWay.set(files, folders)
  const under = folders.get(folder)
  if (!under) return begin()
  // Whether the one under way fails says nothing of the next.
  under.next ??= under.running.catch(() => {}).then(begin)
  return under.next

  function begin(): Promise<void> {
    const sync: Sync = { running: files.syncFolder(folder), next: undefined }
    folders.set(folder, sync)
    const leave = () => {
      if (sync.next === undefined) folders.delete(folder)
    }
    sync.running.then(leave, leave)
    return sync.running
  }
}
