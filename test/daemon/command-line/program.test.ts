/** The program itself, on a real terminal and in real pipes, beside a daemon with a Slack behind it. */
import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

const entry = join(import.meta.dirname, '..', '..', '..', 'daemon', 'inlet.js')
const program = `'${process.execPath}' '${entry}'`

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(() => daemon?.close())

function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', INLET_PORT: String(daemon.port), TERM: 'xterm' }
}

interface Running {
  /** Resolves when what was printed so far has this in it. */
  prints(text: string | RegExp): Promise<void>
  type(text: string): void
  kill(signal: NodeJS.Signals): void
  ended: Promise<{ code: number | null; output: string }>
}

function start(command: string, words: string[]): Running {
  const child = spawn(command, words, { cwd: daemon.folder, env: environment() })
  let output = ''
  let check = () => undefined as unknown
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += String(chunk)
      check()
    })
  }
  const ended = new Promise<{ code: number | null; output: string }>(resolve => {
    child.once('close', code => resolve({ code, output }))
  })
  return {
    ended,
    type: text => void child.stdin.write(text),
    kill: signal => void child.kill(signal),
    async prints(text) {
      const printed = new Promise<void>(resolve => {
        check = () => (typeof text === 'string' ? output.includes(text) : text.test(output)) && resolve()
        check()
      })
      await Promise.race([printed, ended.then(() => Promise.reject(new Error(`it ended before:\n${output}`)))])
    },
  }
}

/** On a terminal of its own (util-linux's `script`). */
const onTerminal = (words: string) => start('script', ['-qec', `${program} ${words}`, '/dev/null'])
const hasTerminal = spawnSync('script', ['--version']).status === 0

describe('on a terminal', () => {
  it.runIf(hasTerminal)('a secret is asked for and never shown, and the first sync is drawn and told', async () => {
    const running = onTerminal('connect slack --name Typed --collection my-life --follow')
    await running.prints('(access_token): ')
    running.type('good-token\r')
    await running.prints('empty for none): ')
    running.type('\r')
    const { code, output } = await running.ended
    expect(code, output).toBe(0)
    expect(output).not.toContain('good-token')
    expect(output).toMatch(/\[[█░]+\].* Typed · /)
    expect(output).toContain('Typed\u001b[22m \u001b[32mcompleted')
  })

  it.runIf(hasTerminal)('Ctrl-C at the question ends it with 130, and nothing is done', async () => {
    const running = onTerminal('connect slack --name Never')
    await running.prints('(access_token): ')
    running.type('half\u0003')
    const { code, output } = await running.ended
    expect([code, output]).toEqual([130, expect.not.stringContaining('half')])
    expect((await daemon.ask('GET', '/source-connections')).text).not.toContain('Never')
  })
})

describe('in a pipe', () => {
  it('a reader that has enough is no mistake', async () => {
    const { code, output } = await start('bash', ['--norc', '-c', `${program} --help | true; echo "\${PIPESTATUS[0]}"`])
      .ended
    expect([code, output]).toEqual([0, '0\n'])
  })

  it('has no colours, and the changes come as they are made until a signal ends it between lines', async () => {
    const body = { short_name: 'slack', name: 'Piped', auth_fields: { access_token: 'good-token' } }
    expect((await daemon.ask('POST', '/source-connections', { body })).status).toBe(201)
    const running = start(process.execPath, [entry, 'changes', '--follow', '--cursor-file', 'seen.json'])
    await running.prints('"name":"cherries"')
    daemon.slack.post('C00000001', 'figs')
    const synced = await start(process.execPath, [entry, 'sync', 'Piped', '--follow']).ended
    expect([synced.code, synced.output]).toEqual([0, expect.stringMatching(/^Piped completed: 1 new/)])
    await running.prints('"name":"figs"')
    running.kill('SIGINT')
    const { code, output } = await running.ended
    expect([code, output.split('\n').at(-2)]).toEqual([130, 'interrupted'])
    expect(Object.keys(JSON.parse(await readFile(join(daemon.folder, 'seen.json'), 'utf8'))).length).toBeGreaterThan(0)
    const again = await start(process.execPath, [entry, 'changes', '--cursor-file', 'seen.json']).ended
    expect(again).toEqual({ code: 0, output: '' })
  })
})
