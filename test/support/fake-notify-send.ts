/** A `notify-send` that writes down what it is asked to show. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface FakeNotifySend {
  /** To be put in front of the path. */
  folder: string
  /** The words of each call. */
  shown(): Promise<string[][]>
}

export async function fakeNotifySend(folder: string): Promise<FakeNotifySend> {
  const file = join(folder, 'shown')
  await mkdir(folder, { recursive: true })
  const program = join(folder, 'notify-send')
  // Words may have anything in them but NUL; an empty line ends a call.
  await writeFile(program, `#!/bin/sh\nfor word do printf '%s\\n' "$word"; done >> '${file}'\necho >> '${file}'\n`)
  await chmod(program, 0o755)
  return {
    folder,
    async shown() {
      const text = await readFile(file, 'utf8').catch(() => '')
      return text
        .split('\n\n')
        .filter(call => call !== '')
        .map(call => call.split('\n'))
    },
  }
}
