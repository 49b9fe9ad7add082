/** Programs of the benches' own, each in a process of its own, so that its work is not taken for inlet's. */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endWithUs } from './endings.ts'

/** What Node makes of the files is kept, on all sides, as it is beside an installed daemon. */
export const compiledBefore = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/inlet') }
const env = { ...process.env, ...compiledBefore }

/** Runs one to its end; what it printed. @param name of a file beside this one */
export function runProgram(name: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...words], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'], detached: true, env },
  })
  endWithUs(child)
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve(output.trim()) : reject(new Error(`${name} ended with ${code}`))))
  })
}

/** Runs one that is given its input as a message, and tells its figures in another. @param name of a file beside this one */
export async function runPart<Figures extends object>(name: string, input: object): Promise<Figures> {
  const child = fork(join(import.meta.dirname, name), { serialization: 'advanced', detached: true, env })
  endWithUs(child)
  child.send(input)
  const told = once(child, 'message').then(([figures]) => figures as Figures)
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${name} ended with ${code}`)
  })
  const [figures] = await Promise.all([told, ended])
  return figures
}

export interface Service {
  /** Its first line, or the first word of it. */
  url: string
  /** All words of that line. */
  urls: string[]
  /** Tells it a line; what it answers with. */
  ask(line: string): Promise<string>
  stop(): Promise<void>
}

/** Starts one that prints where it listens, and ends with its standard input. @param name of a file beside this one */
export async function startService(name: string, words: readonly string[]): Promise<Service> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  })
  const lines = createInterface(child.stdout)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code}`)
  })
  ended.catch(() => undefined)
  const line = async () => String((await Promise.race([once(lines, 'line'), ended]))[0])
  const urls = (await line()).split(' ')
  return {
    ...{ url: urls[0] ?? '', urls },
    ask(text) {
      child.stdin.write(`${text}\n`)
      return line()
    },
    async stop() {
      child.stdin.end()
      await ended.catch(() => undefined)
    },
  }
}
