/**
 * XML in one pass over the parser's events. Entities are the five of XML and numbers: what a document type declares is
 * neither read nor expanded, so that no text can be larger than the file that holds it.
 */
import { Parser } from 'htmlparser2'
import { Failure } from '../../errors.ts'
import { htmlCharset } from '../charset.ts'

/** Names are without their prefix. */
export interface XmlReader {
  open(name: string, attributes: XmlAttributes): void
  text(data: string): void
  close(name: string): void
  /** Whether the rest need not be read. */
  isFull?(): boolean
}

/** By name with its prefix and, where no other is called so, without it. */
export type XmlAttributes = ReadonlyMap<string, string>

/**
 * @param pieces bytes of the document
 * @throws Failure `item_unreadable` for elements nested, or tags and comments long, beyond any that programs write
 */
export async function readXml(pieces: AsyncIterable<Uint8Array>, reader: XmlReader): Promise<void> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let attributes: Map<string, string> | undefined
  let tag: string | undefined
  let depth = 0
  let silence = 0
  const parser = new Parser({ onopentagname, onattribute, ontext, onclosetag }, { xmlMode: true, decodeEntities: true })
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(charsetOf(piece))
    silence += piece.length
    if (silence > longestToken) throw new Failure('item_unreadable', 'the file holds a tag longer than can be read')
    parser.write(decoder.decode(piece, { stream: true }))
    if (reader.isFull?.()) return
  }
  parser.end()

  function onopentagname(name: string): void {
    begin()
    silence = 0
    depth += 1
    if (depth > deepest) throw new Failure('item_unreadable', 'the file is nested deeper than can be read')
    tag = localOf(name)
  }

  function onattribute(name: string, value: string): void {
    attributes ??= new Map()
    if (attributes.size >= mostAttributes) return
    attributes.set(name, value)
    const local = localOf(name)
    if (local !== name && !attributes.has(local)) attributes.set(local, value)
  }

  function ontext(data: string): void {
    begin()
    silence = 0
    reader.text(data)
  }

  function onclosetag(name: string): void {
    begin()
    silence = 0
    depth -= 1
    reader.close(localOf(name))
  }

  /** Opens the element whose tag is complete now that something else follows. */
  function begin(): void {
    if (tag === undefined) return
    const name = tag
    const own = attributes ?? none
    tag = undefined
    attributes = undefined
    reader.open(name, own)
  }
}

const none: XmlAttributes = new Map()

/** Open elements; the parser moves all of them for each one more. */
const deepest = 1000

const mostAttributes = 200

/** Bytes of one tag, comment or declaration. */
const longestToken = 8 * 1024 * 1024

function localOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** Of the forms that XML has, office programs write UTF-8 and, seldom, UTF-16. */
function charsetOf(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  const declared = htmlCharset(String.fromCharCode(...start.subarray(0, 200))) ?? 'utf-8'
  try {
    return new TextDecoder(declared).encoding
  } catch {
    return 'utf-8'
  }
}
