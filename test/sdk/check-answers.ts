/** Holds answers against the types that the official clients promise, with the compiler that those are written for. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Call } from './recorder.ts'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--allowImportingTsExtensions']
const form = ['--module', 'nodenext', '--target', 'es2024', '--types', '', '--pretty', 'false']

/** @returns what is not as promised, a sentence each that begins with the method's name */
export async function problemsOfAnswers(calls: readonly Call[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-answers-'))
  try {
    const file = join(folder, 'answers.ts')
    const types = join(import.meta.dirname, 'answer-types.ts')
    const lines = [`import type { AnswerOf } from ${JSON.stringify(types)}`, ...calls.map(lineOf)]
    await writeFile(file, lines.join('\n'))
    const { exitCode, output } = await run([compiler, ...flags, ...form, file])
    const found = problemsIn(output, calls)
    // Whatever else stopped the compiler is no proof of anything.
    if (exitCode === null || (exitCode === 0) !== (found.length === 0))
      throw new Error(`the compiler ended with ${exitCode}: ${output}`)
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** JSON is a literal type as it stands. */
function lineOf({ client, resource, method, answer }: Call, index: number): string {
  const promised = [client, resource, method].map(name => JSON.stringify(name)).join(', ')
  const literal = JSON.stringify(answer) ?? 'undefined'
  return `declare const given${index}: ${literal}; export const answer${index}: AnswerOf<${promised}> = given${index}`
}

function problemsIn(output: string, calls: readonly Call[]): string[] {
  const problems: string[] = []
  for (const line of output.split('\n').filter(text => text !== '')) {
    const [, number, message] = /^\S*answers\.ts\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? []
    const call = calls[Number(number) - 2]
    if (call && message) problems.push(`${call.client} ${call.resource}.${call.method}: ${message}`)
    else if (line.startsWith(' ') && problems.length > 0) problems.push(`${problems.pop()}\n${line}`)
    else throw new Error(`the compiler says ${line}`)
  }
  return problems
}

function run(given: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes
    })
    child.stderr.on('data', (bytes: Buffer) => {
      output += bytes
    })
    child.on('error', reject)
    child.on('close', exitCode => resolve({ exitCode, output }))
  })
}
