import type { Files } from './files.ts'

interface Writing {
  content: Uint8Array
  over: Promise<void>
}

const underWay = new WeakMap<Files, Map<string, Writing>>()

/** Does the work that puts content under a name for good; whoever reads it there before it is done waits. */
export async function whileUnsynced<Result>(
  files: Files,
  path: string,
  content: string | Uint8Array,
  work: () => Promise<Result>,
): Promise<Result> {
  const paths = underWay.get(files) ?? new Map<string, Writing>()
  underWay.set(files, paths)
  const { promise: over, resolve: finish } = Promise.withResolvers<void>()
  const writing: Writing = { content: typeof content === 'string' ? Buffer.from(content) : content, over }
  paths.set(path, writing)
  try {
    return await work()
  } finally {
    if (paths.get(path) === writing) paths.delete(path)
    finish()
  }
}

/**
 * A new file has its name a moment before the folder is synced: what is in it may still be undone by a power cut, and
 * must not be used. Resolves at once for what was there before.
 */
export async function untilSynced(files: Files, path: string, content: Buffer): Promise<void> {
  const writing = underWay.get(files)?.get(path)
  if (writing && content.equals(writing.content)) await writing.over
}
