import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type Content, type ContentOptions, createContent } from '../../../core/content/index.ts'
import { fakeClock } from '../../support/fake-clock.ts'

let content: Content | undefined
afterEach(async () => content?.close())

function start(options?: ContentOptions): Content {
  content = createContent(options)
  return content
}

/** Threads are numbered in the order of their start, so the number of one more tells how many there were. */
async function nextThread(): Promise<number> {
  const worker = new Worker('', { eval: true })
  const { threadId } = worker
  await worker.terminate()
  return threadId
}

describe('content', () => {
  it('of each type becomes Markdown, in a worker as on the spot', async () => {
    const { text } = start()
    const long = 'words and more words '.repeat(4000).trim()
    expect(await text('<p>a <b>b</b>', 'text/html')).toBe('a **b**')
    expect(await text(`<p>${long}`, 'text/html')).toBe(long)
    expect(await text(Buffer.from('caf\xe9', 'latin1'), 'text/plain; charset=iso-8859-1')).toBe('café')
    expect(await text(long, 'text/plain')).toBe(long)
    expect(await text('one \ntwo', 'text/plain; format=flowed')).toBe('one two')
    expect(await text('# a  \r\n* b', 'text/markdown')).toBe('# a  \n* b')
    expect(await text('a,b\n1,2', 'text/csv; header=present')).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |')
    expect(await text('[1]', 'application/json')).toBe('```json\n[\n  1\n]\n```')
    expect(await text(Buffer.from('Subject: x\n\nwords'), 'message/rfc822')).toBe('**Subject:** x\n\nwords')
    expect(await text('', 'text/html')).toBe('')
  })

  it('that nothing converts is refused before a worker starts', async () => {
    const { text } = start()
    let started = 0
    // The thread of another test file may have come in between: no worker of ours is known by one time without any.
    for (let attempt = 0; attempt < 20 && started !== 1; attempt++) {
      const before = await nextThread()
      for (const type of ['application/x-tar', 'image/png', 'nonsense', '']) {
        await expect(text(new Uint8Array(1_000_000), type)).rejects.toMatchObject({ code: 'item_unreadable' })
      }
      await expect(text('BEGIN:NOTHING', 'text/calendar')).rejects.toMatchObject({ code: 'item_unreadable' })
      started = (await nextThread()) - before
    }
    expect(started).toBe(1)
  })

  it('whose reader is large is not read in the thread that asks, not even where there is none of it', async () => {
    let started = 0
    const count = () => {
      started++
    }
    process.on('worker', count)
    try {
      const types = ['application/pdf', 'message/rfc822', 'application/zip', 'application/vnd.ms-outlook', 'text/rtf']
      for (const [index, type] of types.entries()) {
        await start()
          .text('', type)
          .catch(() => undefined)
        await content?.close()
        expect(started).toBe(index + 1)
      }
    } finally {
      process.off('worker', count)
    }
  })

  it('that a worker finds unreadable is refused in the worker’s words', async () => {
    await expect(start().text('x'.repeat(100_000), 'text/calendar')).rejects.toMatchObject({
      code: 'item_unreadable',
      message: 'the content is called a calendar but holds none',
    })
  })

  it('is left as it was', async () => {
    const bytes = Buffer.from(`<p>${'x '.repeat(10_000)}`)
    const copy = Buffer.from(bytes)
    await start().text(bytes, 'text/html')
    expect(bytes.equals(copy)).toBe(true)
  })
})

describe('limits', () => {
  it('cut long text, also long plain text, of which only the beginning is read', async () => {
    const { text } = start({ maxTextBytes: 10_000, maxContentBytes: 100_000 })
    for (const type of ['text/html', 'text/plain', 'text/csv']) {
      const short = await text('many é words '.repeat(6000), type)
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(10_000)
      expect(Buffer.byteLength(short)).toBeGreaterThan(type === 'text/csv' ? 5 : 5000)
    }
    expect(await text('many words '.repeat(1_000_000), 'text/plain')).toMatch(/(words|many)\n\n…$/)
    await expect(text('many words '.repeat(10_000), 'text/html')).rejects.toMatchObject({
      code: 'item_unreadable',
      message: /larger than/,
    })
  })

  it('end a conversion that takes too long', async () => {
    const clock = fakeClock()
    const { text } = start({ clock, workers: 1, timeLimitMs: 1000 })
    await text('x'.repeat(100_000), 'text/plain')
    // Every unmatched end tag searches the whole stack of open elements.
    const slow = text('<i>'.repeat(40_000) + '</q>'.repeat(2_000_000), 'text/html')
    const refused = expect(slow).rejects.toMatchObject({ code: 'item_unreadable', message: /more than 1 s/ })
    await clock.advance(1000)
    await refused
    expect(await text(`<p>${'y'.repeat(5000)}`, 'text/html')).toHaveLength(5000)
  })

  it('hold for ten megabytes of nested elements', async () => {
    const { text } = start()
    const nested = `${'<div>'.repeat(100_000)}x${'</div>'.repeat(100_000)}`.repeat(9)
    expect(await text(nested, 'text/html')).toBe('…')
  })
})

describe('the thread that asks', () => {
  it('has its turn between small conversions however many there are', async () => {
    let now = 0
    const clock = { ...fakeClock(), monotonic: () => (now += 5) }
    const { text } = start({ clock })
    let turns = 0
    let running = true
    const count = () => {
      turns += 1
      if (running) setImmediate(count)
    }
    setImmediate(count)
    for (let index = 0; index < 50; index++) await text('<p>x', 'text/html')
    running = false
    expect(turns).toBeGreaterThan(10)
  })

  it('can abort, and can close at any time', async () => {
    const { text, close } = start()
    const mail = Buffer.from('Subject: x\n\nwords')
    await expect(text(mail, 'message/rfc822', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
    await expect(text('x', 'text/plain', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
    const pending = text(mail, 'message/rfc822')
    const refused = expect(pending).rejects.toMatchObject({ code: 'closing' })
    await Promise.all([close(), close()])
    await refused
    await expect(text('x', 'text/plain')).rejects.toMatchObject({ code: 'closing' })
  })
})
