/** The scripts in the shells that they are for; zsh and fish where the machine has them. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shells } from '../../../daemon/command-line/completions.ts'
import { commands } from '../../../daemon/commands/index.ts'
import { runInlet } from '../../support/command-run.ts'
import { startTestDaemon } from '../harness.ts'

let folder: string

/** Answers what the scripts ask inlet for. */
const stub = `#!/bin/sh
case "$*" in
  'completions --values connection') printf 'My Slack\\nWork mail\\n' ;;
  'completions --values source') printf 'slack\\ngmail\\n' ;;
  'completions --values collection') printf 'my-life\\n' ;;
esac
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-completions-'))
  await writeFile(join(folder, 'inlet'), stub)
  await chmod(join(folder, 'inlet'), 0o755)
  for (const shell of shells) await writeFile(join(folder, shell), (await runInlet(`completions ${shell}`)).out)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function shell(program: string, words: string[]): string {
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, LC_ALL: 'C.UTF-8' }
  const { stdout, stderr, status } = spawnSync(program, words, { cwd: folder, env, encoding: 'utf8' })
  if (status !== 0 || stderr !== '') throw new Error(`${program} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

const has = (program: string) => spawnSync(program, ['--version']).status === 0

/** What stands between the answers to two lines: a shell that begins for each takes longer than all it is asked. */
const next = '--- next ---'

const quoted = (line: string) => line.split(' ').map(word => `'${word.replaceAll('_', ' ')}'`)

/** Each asks for all the lines in one shell, and in one of the state that the shell has at the beginning. */
const offered = {
  bash(lines: readonly string[]) {
    const asks = lines.map(line => {
      const words = quoted(line)
      return `(COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _inlet; printf '%s\\n' "\${COMPREPLY[@]}"; echo '${next}')`
    })
    return shell('bash', ['--norc', '-c', `source ./bash; ${asks.join('; ')}`])
  },
  zsh(lines: readonly string[]) {
    // What zsh has only while it completes.
    const stubs = `compdef() { :; }; compadd() { shift; print -l -- $@ | grep -- "^$words[CURRENT]" }; _files() { print -l -- *(N) | grep "^$words[CURRENT]" }; _describe() { print -l -- \${\${(P)2}%%:*} | grep -- "^$words[CURRENT]" }`
    const asks = lines.map(line => {
      const words = quoted(line)
      return `(words=(${words.join(' ')}); CURRENT=${words.length}; _inlet; print -- '${next}')`
    })
    return shell('zsh', ['-f', '-c', `${stubs}; source ./zsh; ${asks.join('; ')}; true`])
  },
  fish(lines: readonly string[]) {
    const asks = lines.map(line => `complete -C '${line.replaceAll('_', '\\\\ ')}'; echo '${next}'`)
    return shell('fish', ['--no-config', '-c', `source ./fish; ${asks.join('; ')}`]).replace(/\t.*$/gm, '')
  },
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replaceAll('\\', ''))
    .sort()

const cases: [string, string[]][] = [
  ['inlet ', commands.map(({ name }) => name).sort()],
  ['inlet vau', ['vault']],
  ['inlet vault ', ['lock', 'rotate', 'status', 'unlock']],
  ['inlet vault rotate --k', ['--key-file']],
  ['inlet --json sync --fol', ['--follow']],
  ['inlet sync M', ['My Slack']],
  ['inlet sync My_Slack W', ['Work mail']],
  ['inlet connect ', ['gmail', 'slack']],
  ['inlet search apples --collection ', ['my-life']],
  ['inlet search apples --collection my-life --lim', ['--limit']],
  ['inlet completions --values so', ['source']],
  ['inlet connections d', ['delete']],
  ['inlet connections delete ', ['My Slack', 'Work mail']],
  ['inlet changes --cursor-file ba', ['bash']],
  ['inlet start ', []],
]

describe.each(shells)('completions for %s', program => {
  let answers: string[] = []
  beforeAll(() => {
    if (has(program)) answers = offered[program](cases.map(([line]) => line)).split(`${next}\n`)
  })

  it.runIf(has(program)).each(cases.map((each, index) => [...each, index] as const))(
    'offer for "%s" what fits',
    (_line, expected, index) => {
      expect(answers).toHaveLength(cases.length + 1)
      expect(lines(answers[index] ?? next)).toEqual(expected)
    },
  )
})

describe('inlet completions', () => {
  it('knows the names that there are while inlet runs, and none without a word where it does not', async () => {
    expect(await runInlet('completions --values connection', { folder })).toEqual({ code: 0, out: '', err: '' })
    expect(await runInlet('completions')).toMatchObject({
      code: 2,
      err: expect.stringContaining('takes bash, zsh, fish'),
    })
    const daemon = await startTestDaemon()
    try {
      const here = { folder: daemon.folder, environment: { INLET_PORT: String(daemon.port) } }
      for (const name of ['Alone', 'Twin', 'Twin']) {
        const body = {
          short_name: 'slack',
          name,
          collection: 'home',
          auth_fields: { access_token: 'good-token' },
          sync_immediately: false,
        }
        await daemon.ask('POST', '/collections', { body: { name: 'home', readable_id: 'home' } })
        expect((await daemon.ask('POST', '/source-connections', { body })).status).toBe(201)
      }
      const names = (await runInlet('completions --values connection', here)).out.split('\n')
      expect(names).toEqual([
        'Alone',
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        expect.stringMatching(/^[0-9a-f-]{36}$/),
      ])
      expect((await runInlet('completions --values collection', here)).out).toBe('home')
      expect((await runInlet('completions --values source', here)).out).toContain('google_drive')
    } finally {
      await daemon.close()
    }
  })
})
