/** Programs of the benches' own, each in a process of its own, so that its work is not taken for inlet's. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** Runs one to its end; what it printed. @param name of a file beside this one */
export function runProgram(name: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve(output.trim()) : reject(new Error(`${name} ended with ${code}`))))
  })
}

export interface Service {
  /** Its first line. */
  url: string
  stop(): void
}

/** Starts one that prints where it listens, and ends with its standard input. */
export function startService(name: string, words: readonly string[]): Promise<Service> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${name} ended with ${code}`)))
    child.stdout.once('data', chunk => resolve({ url: String(chunk).trim(), stop: () => void child.stdin.end() }))
  })
}
