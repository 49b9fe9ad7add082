/** What holds for every command, whatever it does. */
import { describe, expect, it } from 'vitest'
import type { Command } from '../../../daemon/command-line/command.ts'
import { exitCodes } from '../../../daemon/command-line/exit-codes.ts'
import { widthOf } from '../../../daemon/command-line/text.ts'
import { commands } from '../../../daemon/commands/index.ts'
import { runInlet } from '../../support/command-run.ts'
import { readme } from '../../support/readme.ts'

interface Named {
  path: string
  command: Command
}

const all: Named[] = commands.flatMap(command => [
  { path: command.name, command },
  ...(command.commands ?? []).map(inner => ({ path: `${command.name} ${inner.name}`, command: inner })),
])

describe('every command', () => {
  it.each(all)('inlet $path has a help that tells all it takes', async ({ path, command }) => {
    const asked = [`${path} --help`, `help ${path}`, `${path} -h --no-color`, `--help ${path}`]
    const ended = await Promise.all(asked.map(words => runInlet(words)))
    const [first] = ended
    for (const other of ended) expect(other).toEqual(first)
    expect([first?.code, first?.err]).toEqual([0, ''])
    const help = first?.out ?? ''
    expect(help).toMatch(new RegExp(`^Usage: inlet ${path.split(' ')[0]}`))
    for (const name of Object.keys(command.options ?? {})) expect(help).toContain(`--${name}`)
    for (const name of Object.keys(command.variables ?? {})) expect(help).toContain(name)
    for (const code of Object.keys(command.exits ?? {})) expect(help).toMatch(new RegExp(`^  ${code} `, 'm'))
    const isExample = (line: string) => !line.startsWith('  ')
    for (const line of help.split('\n').filter(isExample)) expect(widthOf(line), line).toBeLessThanOrEqual(100)
    expect(command.examples?.length ?? 0, 'examples').toBeGreaterThan(0)
    for (const example of command.examples ?? []) expect(example.command).toMatch(/\binlet\b/)
  })

  it.each(all)('inlet $path says in JSON that it was called in a wrong way, when it is asked for JSON', async named => {
    const ended = await runInlet(`--json ${named.path} --no-such-option`)
    expect([ended.code, ended.out]).toEqual([2, ''])
    const problem = JSON.parse(ended.err)
    expect(problem).toMatchObject({ type: 'about:blank', title: exitCodes[2], exit_code: 2 })
    const message = named.command.run ? 'does not know "--no-such-option"' : 'takes one of'
    expect(problem.detail).toContain(message)
  })

  it('has a place in the overview, with the exit codes', async () => {
    const ended = await runInlet('--help')
    expect(ended).toEqual(await runInlet('help'))
    expect([ended.code, ended.err]).toEqual([0, ''])
    for (const { name, summary } of commands) expect(ended.out).toMatch(new RegExp(`^  ${name} +${summary[0]}`, 'm'))
    for (const code of Object.keys(exitCodes)) expect(ended.out).toMatch(new RegExp(`^  ${code} `, 'm'))
  })
})

describe('inlet', () => {
  it('tells its version, to programs too', async () => {
    expect(await runInlet('--version')).toEqual({ code: 0, out: '1.2.3', err: '' })
    expect(JSON.parse((await runInlet('--version --json')).out)).toEqual({ version: '1.2.3' })
    expect(JSON.parse((await runInlet('vault --help --json')).out).help).toContain('Usage: inlet vault')
  })

  it('does not start by mistake', async () => {
    expect(await runInlet('--prot 3')).toMatchObject({ code: 2, err: expect.stringContaining('see inlet --help') })
    expect(await runInlet('--json start now')).toMatchObject({ code: 2 })
  })

  it('says where none runs how to start it, and ends with 5', async () => {
    const ended = await runInlet('dashboard', { folder: import.meta.dirname })
    expect(ended).toEqual({ code: 5, out: '', err: expect.stringMatching(/^no inlet runs on .*"inlet start"/) })
    const json = await runInlet('dashboard --json', { folder: import.meta.dirname })
    expect([json.code, json.out, JSON.parse(json.err)]).toEqual([
      ...[5, ''],
      { type: 'about:blank', title: exitCodes[5], detail: ended.err, exit_code: 5 },
    ])
  })
})

describe('the README', () => {
  it('has the table of exit codes that there is', () => {
    const [, section = ''] = readme().split('\n## The command line\n')
    const rows = [...section.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning])
    expect(rows).toEqual(Object.entries(exitCodes))
  })
})
