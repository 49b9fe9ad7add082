/** Commands as a user of the machine runs them, free of what this test run put into its own environment. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface Outcome {
  exitCode: number | null
  /** Both streams, in the order they came. */
  output: string
  stdout: string
}

/** The environment without what npm and Vitest add, and without this project's tools on the path. */
export function userEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV$|NODE$|INIT_CWD$|INLET_|TEST$|CI$|FORCE_COLOR$)/i.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
    PATH: path.join(delimiter),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  }
}

/** With the Node.js that runs this test in front, as for a user who has a new one. */
export function newNodeEnvironment(): Record<string, string> {
  const environment = userEnvironment()
  return { ...environment, PATH: [dirname(process.execPath), environment.PATH].join(delimiter) }
}

/** The first `node` on the user's path, if any. */
export function machineNode(): string | undefined {
  const candidates = (userEnvironment().PATH ?? '').split(delimiter).map(folder => join(folder, 'node'))
  return candidates.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a program to its end. */
export function run(
  program: string,
  words: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.env ?? userEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome: Outcome = { exitCode: null, output: '', stdout: '' }
  child.stdout.on('data', chunk => {
    outcome.stdout += String(chunk)
    outcome.output += String(chunk)
  })
  child.stderr.on('data', chunk => {
    outcome.output += String(chunk)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', exitCode => resolve({ ...outcome, exitCode }))
  })
}

/** Runs it and gives what it printed; throws with that when it fails. */
export async function succeed(
  program: string,
  words: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  const outcome = await run(program, words, options)
  if (outcome.exitCode === 0) return outcome
  throw new Error(`${program} ${words.join(' ')} ended with ${outcome.exitCode}:\n${outcome.output}`)
}
