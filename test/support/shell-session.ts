/** One shell that stays, so that what a block of commands sets is there for the next one. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ShellSession {
  /**
   * Runs commands as if they were typed one after the other; the exit code is that of the first one that failed, else 0.
   * @param typed lines for what asks for input
   */
  run(commands: string, typed?: readonly string[]): Promise<{ exitCode: number; output: string }>
  close(): Promise<void>
}

/** @param setup commands before all others, such as functions */
export async function startShellSession(options: {
  cwd: string
  env: Record<string, string>
  scratch: string
  setup: string
}): Promise<ShellSession> {
  const { cwd, env, scratch, setup } = options
  const shell = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>(resolve => shell.once('close', () => resolve()))
  let received = ''
  let noticed: (() => void) | undefined
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', chunk => {
      received += String(chunk)
      noticed?.()
    })
  }
  let number = 0
  const session: ShellSession = {
    async run(commands, typed = []) {
      number += 1
      const script = join(scratch, `block-${number}.sh`)
      const input = join(scratch, `typed-${number}.txt`)
      await writeFile(script, commands)
      await writeFile(input, typed.map(line => `${line}\n`).join(''))
      const end = `--end-of-block-${number}-`
      received = ''
      // Everything on one stream, so that the end cannot overtake what was printed before it.
      shell.stdin.write(
        `trap 'failed=\${failed:-$?}' ERR; failed=; source '${script}' < '${input}' 2>&1; trap - ERR; echo "${end}\${failed:-0}"\n`,
      )
      const finished = new RegExp(`\\n?${end}(\\d+)\\n`)
      await Promise.race([
        ended,
        new Promise<void>(resolve => {
          noticed = () => {
            if (finished.test(received)) resolve()
          }
          noticed()
        }),
      ])
      const exitCode = finished.exec(received)?.[1]
      return { exitCode: exitCode === undefined ? 1 : Number(exitCode), output: received.replace(finished, '') }
    },
    async close() {
      shell.stdin.end()
      await ended
    },
  }
  const { exitCode, output } = await session.run(setup)
  if (exitCode !== 0) throw new Error(`the shell could not be set up:\n${output}`)
  return session
}
