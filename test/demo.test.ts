import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createBoard, readable } from './support/demo/board.ts'
import { runDemo } from './support/demo/run.ts'

const root = join(import.meta.dirname, '..')
const sources = ['gmail', 'google_calendar', 'google_drive', 'slack']

describe('the demo', () => {
  it('syncs all four sources with direct tokens and finds something in each', { timeout: 60_000 }, async () => {
    const printed: string[] = []
    const demo = await runDemo({ write: text => printed.push(text) })
    try {
      expect(demo.jobs.map(job => [job.status, job.error])).toEqual(sources.map(() => ['completed', null]))
      expect([...new Set(demo.hits.map(hit => hit.source_name))].sort()).toEqual(sources)
      expect(demo.complete).toBe(true)
      // A mail's HTML, an attachment's, a file, an event and a thread's first message: each was really read.
      const texts = demo.hits.map(hit => hit.text).join('\n')
      expect(texts).toContain('gusts of 6 near the lighthouse')
      expect(texts).toContain('rings of prisms')
      expect(texts).toContain('wool socks')
      expect(texts).toContain('Harbour, pier 4')
      expect(texts).toContain('lighthouse stairs')
      expect(printed.join('')).toMatch(/Gmail +completed +28 entities/)
    } finally {
      expect(await demo.close()).toBe(0)
    }
    expect(existsSync(dirname(dirname(demo.daemon.apiKeyFile)))).toBe(false)
  })

  it('ends by itself with --once, with exit code 0', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, ['test/support/demo/main.ts', '--once'], { cwd: root })
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    const output = await text(child.stdout)
    expect(await ended).toBe(0)
    expect(output).toContain('A search for')
    expect(output).not.toContain('xoxp-')
  })

  it('stays up after its search until it is interrupted, and cleans up then', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, ['test/support/demo/main.ts'], { cwd: root })
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    let output = ''
    const asked = new Promise<void>(resolve => {
      child.stdout.on('data', chunk => {
        output += String(chunk)
        if (output.includes('/openapi.json')) resolve()
      })
    })
    await Promise.race([asked, ended])
    const keyFile = /KEY=\$\(cat (\S+)\)/.exec(output)?.[1] ?? ''
    expect(existsSync(keyFile)).toBe(true)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(existsSync(dirname(dirname(keyFile)))).toBe(false)
  })
})

describe('what the demo prints', () => {
  it('rewrites its lines in place on a terminal, and prints each once elsewhere', () => {
    const terminal: string[] = []
    const live = createBoard({ isTTY: true, write: text => terminal.push(text) }, ['Gmail', 'Slack'])
    live.set('Slack', 'half')
    live.finish('Slack', 'done')
    expect(terminal.join('')).toContain('half')
    expect(terminal.at(-1)).toBe('\x1b[2A\x1b[2K  Gmail  waiting\n\x1b[2K  Slack  done\n')

    const file: string[] = []
    const plain = createBoard({ write: text => file.push(text) }, ['Gmail', 'Slack'])
    plain.set('Slack', 'half')
    plain.finish('Slack', 'done')
    expect(file).toEqual(['  Slack  done\n'])
  })

  it('turns a snippet into text: marks shown, entities undone once, one line', () => {
    const snippet = '# Tea &amp; <mark>cake</mark>\n**Price:** &lt;5&gt; &amp;lt;'
    expect(readable(snippet, text => `[${text}]`)).toBe('Tea & [cake] Price: <5> &lt;')
  })
})
