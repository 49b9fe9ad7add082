import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createContent } from '../../../core/content/index.ts'
import { Failure } from '../../../core/errors.ts'
import { createDownloads } from '../../../core/files/downloads.ts'
import { createFileReader } from '../../../core/files/file-text.ts'
import type { Config, Context, FileOf, FileText } from '../../../core/plugin.ts'
import type { DownloadOptions } from '../../../core/run-api.ts'
import { readDocument } from '../../support/documents/index.ts'

const content = createContent({ workers: 1, maxContentBytes: 2_000_000 })
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const pptx = 'application/vnd.openxmlformats-officedocument.presentationml.presentation'
const folder = join(tmpdir(), `inlet-file-text-${process.pid}`)
afterAll(() => content.close())

let held: FileText | undefined
let fetched: DownloadOptions[]
/** What every address gives. */
let bytes: Uint8Array
let failure: Failure | undefined
let isAsTold: boolean
let nowMs: number

beforeEach(() => {
  ;[held, fetched, bytes, failure] = [undefined, [], Buffer.from('the notes'), undefined]
  ;[isAsTold, nowMs] = [true, Date.UTC(2026, 0, 15, 12)]
})
afterEach(async () => {
  expect(await readdir(folder).catch(() => [])).toEqual([])
  await rm(folder, { recursive: true, force: true })
})

function reader(config: Config = {}): Context['file'] {
  return createFileReader({
    api: {
      async download(_url, options) {
        fetched.push(options)
        if (failure) throw failure
        const size = Math.min(bytes.length, options.maxBytes)
        for (let at = 0; at < size; at += 60_000)
          await options.draft.write(bytes.subarray(at, Math.min(at + 60_000, size)))
        if (bytes.length > options.maxBytes) throw new Failure('item_unreadable', 'the host sent more than that')
        return { isAsTold }
      },
    },
    ...{ content, downloads: createDownloads(folder), config, signal: new AbortController().signal },
    now: () => new Date(nowMs),
    held: async () => held,
  })
}

const about: FileOf = { entityType: 'file', id: '1', mediaType: 'text/plain', version: 'v1' }
const read = (file: Partial<FileOf> = {}, config: Config = {}, member?: string) =>
  reader(config)({ ...about, ...file }, fetch => fetch('https://x.test/file', { member, item: true }))

describe('the text of a file', () => {
  it('is what it says, with the state of which it is true', async () => {
    held = await read()
    expect(held).toEqual({ version: 'v1', text: 'the notes' })
    expect(await read()).toEqual(held)
    expect(fetched).toHaveLength(1)
    bytes = Buffer.from('other notes')
    expect(await read({ version: 'v2' })).toMatchObject({ text: 'other notes' })
    expect(fetched).toHaveLength(2)
  })

  it('is fetched each time where no version is told', async () => {
    held = await read({ version: undefined })
    expect(held).toEqual({ text: 'the notes' })
    await read({ version: undefined })
    expect(fetched).toHaveLength(2)
  })

  it.each([100, 300_000])('comes through the disk as through memory (%i lines)', async lines => {
    bytes = Buffer.from('words\n'.repeat(lines))
    expect(await read()).toMatchObject({ text: 'words\n'.repeat(lines).trim().replaceAll('\n', '\n') })
    expect(await read({ mediaType: 'text/markdown' })).toMatchObject({ text: expect.stringMatching(/^words\nwords/) })
  })

  it('may be in a member of JSON, in either alphabet of base64', async () => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const text of ['???>>>~~~', 'long words '.repeat(40_000).trim()]) {
        bytes = Buffer.from(JSON.stringify({ size: 5, data: Buffer.from(text).toString(encoding) }))
        expect(await read({}, {}, 'data')).toMatchObject({ text })
      }
    }
    expect(fetched.every(({ isJson }) => isJson)).toBe(true)
  })

  it('is not looked for again where nobody counted what came', async () => {
    bytes = Buffer.from(JSON.stringify({ data: Buffer.from('the notes').toString('base64') }))
    held = await read({ size: 9 }, {}, 'data')
    expect(held).toEqual({ version: 'v1', text: 'the notes' })
    expect(await reader()({ ...about, size: 9, version: 'v2' }, async () => Buffer.from('the notes'))).toEqual({
      ...{ version: 'v2', text: 'the notes' },
    })
  })

  it('is not there where the JSON has no such member: that is no fault of the file', async () => {
    bytes = Buffer.from('{"size":5}')
    await expect(read({}, {}, 'data')).rejects.toMatchObject({ code: 'item_unreadable', status: 200 })
    bytes = Buffer.from(`{"size":${' '.repeat(400_000)}`)
    await expect(read({}, {}, 'data')).rejects.toMatchObject({ code: 'item_unreadable', status: 200 })
  })

  it('may have a type that its beginning tells', async () => {
    bytes = Buffer.from('<p>the <b>notes</b>')
    const mediaType = (head: Uint8Array) => (head[0] === 0x3c ? 'text/html' : 'text/plain')
    expect(await read({ mediaType })).toMatchObject({ text: 'the **notes**' })
    expect(await reader()({ ...about, mediaType }, async () => Buffer.from('plain <b>'))).toMatchObject({
      text: 'plain <b>',
    })
  })
})

describe('a file that does not come as it was told', () => {
  it('is believed for a day', async () => {
    const retryAt = '2026-01-16T12:00:00.000Z'
    isAsTold = false
    held = await read({ size: 9 })
    expect(held).toEqual({ version: 'v1', text: 'the notes', retryAt })
    isAsTold = true
    expect(await read({ size: 10 })).toEqual(held)
    nowMs += 24 * 60 * 60 * 1000
    expect(await read({ size: 9 })).toEqual({ version: 'v1', text: 'the notes' })
    expect(await read({ size: 10 })).toMatchObject({ retryAt: '2026-01-17T12:00:00.000Z' })
    expect(fetched).toHaveLength(3)
  })
})

describe('a file whose size is told roughly', () => {
  it('is not fetched again on account of it, and may be too large', async () => {
    const rough = { isSizeRough: true, size: 20 }
    expect(await read(rough)).toEqual({ version: 'v1', text: 'the notes' })
    expect(await read({ ...rough, size: 0 })).toEqual({ version: 'v1', text: 'the notes' })
    bytes = new Uint8Array()
    expect(await read(rough)).toEqual({ version: 'v1', text: '', reason: 'the file is empty' })
    const before = fetched.length
    expect(await read({ ...rough, size: 1_500_000 }, { max_file_mb: 1 })).toEqual({
      reason: 'it is larger than 1 MB (max_file_mb)',
    })
    expect(fetched).toHaveLength(before)
  })
})

describe('a file that has no text', () => {
  it('is not fetched where it never can', async () => {
    expect(await read({ mediaType: undefined })).toEqual({})
    expect(fetched).toEqual([])
  })

  it('says that it is too large, and is read once it may be larger', async () => {
    const reason = 'it is larger than 1 MB (max_file_mb)'
    held = await read({ size: 1_500_000 }, { max_file_mb: 1 })
    expect(held).toEqual({ reason })
    expect(fetched).toEqual([])
    expect(await read({ size: 1_500_000 }, { max_file_mb: 2 })).toMatchObject({ text: 'the notes' })
    expect(await read({}, { max_file_mb: 0 })).toEqual({ reason: expect.stringContaining('max_file_mb') })
    // The provider said less than comes, or nothing.
    bytes = Buffer.alloc(1_500_000, 'x')
    held = undefined
    expect(await read({ size: 5 }, { max_file_mb: 1 })).toMatchObject({ reason })
    expect(fetched.at(-1)?.maxBytes).toBe(1024 * 1024)
  })

  it('is fetched again the day after where more came than may, but it was told to be smaller', async () => {
    bytes = Buffer.alloc(1_500_000, 'x')
    held = await read({ size: 9 }, { max_file_mb: 1 })
    expect(held).toMatchObject({ reason: 'it is larger than 1 MB (max_file_mb)', retryAt: expect.any(String) })
    bytes = Buffer.from('the notes')
    expect(await read({ size: 9 }, { max_file_mb: 1 })).toEqual(held)
    nowMs += 24 * 60 * 60 * 1000
    expect(await read({ size: 9 }, { max_file_mb: 1 })).toEqual({ version: 'v1', text: 'the notes' })
  })

  it('is not fetched to find out again that it is too large, until it changes or may be larger', async () => {
    bytes = Buffer.alloc(1_500_000, 'x')
    const reason = 'it is larger than 1 MB (max_file_mb)'
    held = await read({}, { max_file_mb: 1 })
    expect(held).toMatchObject({ reason })
    expect(await read({}, { max_file_mb: 1 })).toEqual(held)
    expect(fetched).toHaveLength(1)
    expect(await read({ version: 'v2' }, { max_file_mb: 1 })).toMatchObject({ reason })
    expect(fetched).toHaveLength(2)
    expect(await read({}, { max_file_mb: 2 })).toMatchObject({ version: 'v1', text: expect.stringMatching(/^x/) })
    expect(fetched).toHaveLength(3)
  })

  it('says that it is larger than what is converted, without being fetched', async () => {
    expect(await read({ size: 2_000_001, mediaType: 'application/pdf' })).toEqual({
      ...{ version: 'v1', reason: expect.stringContaining('is not converted') },
    })
    expect(fetched).toEqual([])
  })

  it.each([
    ['of spaces', 'text/plain', Buffer.from(' \n\t\u00a0\ufeff\u200b \n')],
    ['of nothing but a mark of its order of bytes', 'text/plain', Buffer.from('\ufeff')],
    ['of empty cells', 'text/csv', Buffer.from(',,,\n,,,\n')],
    ['of Word, with pictures only', docx, readDocument('pictures.docx')],
    ['of OpenDocument, with pictures only', 'application/vnd.oasis.opendocument.text', readDocument('pictures.odt')],
    ['of slides, with pictures only', pptx, readDocument('pictures.pptx')],
    ['that is an archive of nothing', 'application/zip', Buffer.from(`PK\u0005\u0006${'\0'.repeat(18)}`)],
  ])('says so: one %s', async (_what, mediaType, file) => {
    bytes = file
    held = await read({ mediaType })
    expect(held).toEqual({ version: 'v1', text: '', reason: 'no text is in the file' })
    expect(await read({ mediaType })).toEqual(held)
    expect(fetched).toHaveLength(1)
    // As a store of before has it.
    held = { version: 'v1', text: '' }
    expect(await read({ mediaType })).toEqual({ version: 'v1', text: '', reason: 'no text is in the file' })
  })

  it.each(['text/plain', 'application/pdf', docx, 'message/rfc822', 'application/zip'])(
    'says that it is empty, of whatever type: %s',
    async mediaType => {
      const reason = 'the file is empty'
      expect(await read({ mediaType, size: 0 })).toEqual({ version: 'v1', text: '', reason })
      expect(fetched).toHaveLength(0)
      bytes = new Uint8Array()
      held = await read({ mediaType })
      expect(held).toEqual({ version: 'v1', text: '', reason })
      expect(await read({ mediaType })).toEqual(held)
      expect(fetched).toHaveLength(1)
      const there = await reader()({ ...about, mediaType, version: 'v2' }, async () => bytes)
      expect(there).toEqual({ version: 'v2', text: '', reason })
    },
  )

  it('keeps why, and is not tried again while it is the same', async () => {
    held = await read({ mediaType: 'application/pdf' })
    expect(held).toEqual({ version: 'v1', reason: expect.stringMatching(/\w/) })
    expect(await read({ mediaType: 'application/pdf' })).toEqual(held)
    expect(fetched).toHaveLength(1)
  })

  it('is tried again where another try may do better', async () => {
    const costly = {
      ...content,
      file: async () => Promise.reject(new Failure('item_unreadable', 'slow', { problem: 'too-costly' })),
    }
    const read = createFileReader({
      api: {
        async download(_url, { draft }) {
          await draft.write(bytes)
          return { isAsTold: true }
        },
      },
      ...{ content: costly, downloads: createDownloads(folder), config: {}, signal: new AbortController().signal },
      now: () => new Date(nowMs),
      held: async () => undefined,
    })
    expect(await read(about, fetch => fetch('https://x.test/file'))).toEqual({
      version: 'v1',
      reason: 'slow',
      retryAt: '2026-01-16T12:00:00.000Z',
    })
  })

  it('is no matter of the file where the provider fails', async () => {
    failure = new Failure('item_unreadable', 'it answered 503', { status: 503 })
    await expect(read()).rejects.toBe(failure)
    failure = new Failure('item_forbidden', 'it answered 403', { status: 403 })
    await expect(read()).rejects.toBe(failure)
  })
})
