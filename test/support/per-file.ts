/**
 * What is costly to open, once for each test file. Test files share the modules they import, so a hook at the top of a
 * module is a hook of the first file alone: `test/support/setup.ts` closes what each file has opened.
 */
interface Closable {
  close(): Promise<unknown>
}

const closers = new Set<() => Promise<unknown>>()

/** Opens at the first call in a test file; the end of the file closes it. */
export function perFile<Opened extends Closable>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opened: Promise<Opened> | undefined
  return () => {
    if (!opened) {
      const opening = open()
      opened = opening
      closers.add(async () => {
        opened = undefined
        await (await opening).close()
      })
    }
    return opened
  }
}

/** Closes everything that the file has opened. */
export async function closeFile(): Promise<void> {
  const closing = [...closers].map(close => close())
  closers.clear()
  await Promise.all(closing)
}
