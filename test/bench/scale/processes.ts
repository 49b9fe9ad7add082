/** The processes of the bench, and what is said between them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startService } from '../programs.ts'
import type { InletSetup, Question, Storm } from './inlet-process.ts'

export interface MeasuredInlet {
  startMs: number
  ask<Asked extends Question>(question: Asked): Promise<Asked extends { ask: 'storm' } ? Storm : number>
  close(): Promise<void>
}

export async function startInlet({
  dataDir,
  environment,
  endpoints,
  logFile,
  nowMs,
}: InletSetup): Promise<MeasuredInlet> {
  const setup = JSON.stringify({ dataDir, environment, endpoints, logFile, nowMs } satisfies InletSetup)
  const child = fork(join(import.meta.dirname, 'inlet-process.ts'), [setup], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const heard = async <Message>(): Promise<Message> => {
    const next = once(child, 'message') as Promise<[Message]>
    const gone = ended.then(([code]) => {
      throw new Error(`the measured process ended with ${code}`)
    })
    const [message] = await Promise.race([next, gone])
    return message
  }
  const startMs = await heard<number>()
  return {
    startMs,
    ask(question) {
      child.send(question)
      return heard()
    },
    async close() {
      child.send('close')
      await ended
    },
  }
}

interface Provider {
  url: string
  counts(): Promise<{ answered: number; refused: number }>
  stop(): Promise<void>
}

export async function startProvider(role: 'token' | 'items', delayMs: number): Promise<Provider> {
  const { url, stop } = await startService('scale/provider.ts', [role, String(delayMs)])
  return {
    ...{ url, stop },
    counts: async () => (await fetch(`${url}/counts`)).json() as Promise<{ answered: number; refused: number }>,
  }
}
