import { expect, test } from 'vitest'
import { Failure } from '../../../core/plugin.ts'
import { attachmentsOf, bodyText } from '../../../plugins/google/gmail-body.ts'
import type { GmailPart } from '../../../plugins/google/gmail-types.ts'

function leaf(mimeType: string, content: string | Uint8Array, more: GmailPart = {}): GmailPart {
  const bytes = Buffer.from(content)
  return { mimeType, filename: '', body: { size: bytes.length, data: bytes.toString('base64url') }, ...more }
}

function multi(kind: string, ...parts: GmailPart[]): GmailPart {
  return { mimeType: `multipart/${kind}`, filename: '', body: { size: 0 }, parts }
}

async function read(root: GmailPart): Promise<{ text: string; types: string[] }> {
  const types: string[] = []
  const load = async ({ body }: GmailPart) => Buffer.from(body?.data ?? '', 'base64url')
  const convert = async (content: Uint8Array | string, mediaType: string) => {
    types.push(mediaType)
    if (content === 'broken') throw new Failure('item_unreadable', 'it cannot be converted')
    return String(content).replace(/<[^>]+>/g, '')
  }
  return { text: await bodyText(root, load, convert), types }
}

const long = 'A text worth reading. '.repeat(20)

test('plain text is preferred, and the HTML beside it is not even converted', async () => {
  const { text, types } = await read(
    multi('alternative', leaf('text/plain', long), leaf('text/html', `<p>${long}</p>`)),
  )
  expect(text).toBe(long.trim())
  expect(types).toEqual(['text/plain'])
})

test('a plain text that only points to the HTML gives way to it', async () => {
  const root = multi(
    'alternative',
    leaf('text/plain', 'Please use another program.'),
    leaf('text/html', `<p>${long}</p>`),
  )
  expect((await read(root)).text).toBe(long.trim())
})

test('a short plain text that says the same as the HTML stays', async () => {
  expect((await read(multi('alternative', leaf('text/plain', 'Yes!'), leaf('text/html', '<b>Yes!</b>')))).text).toBe(
    'Yes!',
  )
})

test('HTML inside related parts is found, and its pictures are attachments', async () => {
  const picture = leaf('image/png', 'x', { partId: '1.1', filename: 'logo.png' })
  const root = multi(
    'alternative',
    leaf('text/plain', ''),
    multi('related', leaf('text/html', '<i>Hello</i>'), picture),
  )
  expect((await read(root)).text).toBe('Hello')
  expect(attachmentsOf(root)).toEqual([picture])
})

test('several texts follow one another; attached ones are not among them', async () => {
  const attached = leaf('text/plain', 'attached', { headers: [{ name: 'Content-Disposition', value: 'attachment' }] })
  const root = multi('mixed', leaf('text/plain', 'first'), attached, leaf('text/html', '<p>second</p>'))
  expect((await read(root)).text).toBe('first\n\nsecond')
  expect(attachmentsOf(root)).toEqual([attached])
})

test('a forwarded message is one attachment, its text and files are its own', async () => {
  const forwarded: GmailPart = {
    ...leaf('message/rfc822', 'From: x', { partId: '1', filename: '' }),
    parts: [multi('mixed', leaf('text/plain', 'inner'), leaf('image/png', 'x', { filename: 'inner.png' }))],
  }
  const root = multi('mixed', leaf('text/plain', 'outer'), forwarded)
  expect((await read(root)).text).toBe('outer')
  expect(attachmentsOf(root)).toEqual([forwarded])
})

test('a message that is nothing but a file has no text', async () => {
  const root = leaf('application/pdf', 'x', { filename: 'a.pdf' })
  expect((await read(root)).text).toBe('')
  expect(attachmentsOf(root)).toEqual([root])
})

test('text is UTF-8 whatever is declared, and as declared where it is not', async () => {
  const declared = (charset: string) => ({
    headers: [{ name: 'Content-Type', value: `text/plain; charset=${charset}` }],
  })
  expect((await read(leaf('text/plain', 'Grüße', declared('iso-8859-1')))).text).toBe('Grüße')
  expect((await read(leaf('text/plain', Buffer.from('Grüße', 'latin1'), declared('iso-8859-1')))).text).toBe('Grüße')
  expect((await read(leaf('text/plain', Buffer.from('Grüße', 'latin1'), declared('no-such')))).text).toBe('Grüße')
  const japanese = new Uint8Array([0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42])
  expect((await read(leaf('text/plain', japanese, declared('ISO-2022-JP')))).text).toBe('日本')
})

test('the way lines flow is passed on', async () => {
  const headers = [{ name: 'Content-Type', value: 'text/plain; charset=utf-8; format=flowed; delsp=yes' }]
  expect((await read(leaf('text/plain', 'x', { headers }))).types).toEqual(['text/plain; format=flowed; delsp=yes'])
})

test('what cannot be converted leaves what else there is', async () => {
  const root = multi('alternative', leaf('text/plain', 'Short.'), leaf('text/html', 'broken'))
  expect((await read(root)).text).toBe('Short.')
})
