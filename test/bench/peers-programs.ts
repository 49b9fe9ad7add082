/** Programs that a comparison runs: the peers, this bench's fakes, and inlet, each a process of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInlet } from '../../core/index.ts'
import { google } from '../../plugins/google/index.ts'
import { endWithUs } from './endings.ts'
import { timed } from './measure.ts'
import { compiledBefore } from './programs.ts'

/** Whether Debian's package, or any other, has put this program on the path. */
export function isInstalled(program: string, versionWord: string): boolean {
  return spawnSync(program, [versionWord], { stdio: 'ignore' }).status === 0
}

type Environment = Readonly<Record<string, string>>

export interface Life {
  tookMs: number
  output: string
}

/** A program from its start to its end. @throws Error with what it printed where it ended with anything but 0 */
export async function live(program: string, words: readonly string[], environment: Environment): Promise<Life> {
  const printed: string[] = []
  const tookMs = await timed(async () => {
    const env = { PATH: process.env.PATH, ...environment }
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env })
    endWithUs(child)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => printed.push(String(chunk)))
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
    if (code !== 0) throw new Error(`${program} ended with ${code}:\n${printed.join('').slice(-2000)}`)
  })
  return { tookMs, output: printed.join('') }
}

/** inlet from its start to its end, with one first sync in between. Prints how many entities of each type it met. */
export function liveInlet(words: readonly string[], environment: Environment = {}): Promise<Life> {
  return live(process.execPath, [join(import.meta.dirname, 'peers-sync.ts'), ...words], {
    ...compiledBefore,
    ...environment,
  })
}

/** How many entities of this type a search finds in what such a sync has left behind, for each of the words. */
export async function find(dataDir: string, entityType: string, words: readonly string[]): Promise<number[]> {
  const inlet = await createInlet({ dataDir, plugins: [google], idle: true })
  try {
    const found: number[] = []
    for (const query of words) {
      const hits = await inlet.search({ collection: 'peers', query, limit: 10, offset: 0 })
      found.push(hits.filter(({ entity }) => entity.entityType === entityType).length)
    }
    return found
  } finally {
    await inlet.close()
  }
}
