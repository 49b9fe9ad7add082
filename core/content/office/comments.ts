/** What people remark on cells and slides, in parts of their own. Source: ECMA-376, part 1, sections 18.7 and 19.4; MS-XLSX and MS-PPTX for those in threads. */
import { escapeText, oneLine } from '../markdown.ts'
import type { Relation } from './package.ts'
import { readXml } from './xml.ts'
import type { Zip } from './zip.ts'

export interface Comment {
  /** The cell, such as `B2`. */
  place: string
  author: string
  text: string
}

/** Names of who remarks, by the identifier in the comments. */
export type Authors = ReadonlyMap<string, string>

/** @param relations of the workbook or presentation */
export async function readAuthors(zip: Zip, relations: readonly Relation[]): Promise<Authors> {
  const authors = new Map<string, string>()
  for (const { target, type, external } of relations) {
    if (external || !/^(person|authors|commentAuthors)$/.test(type) || !zip.has(target)) continue
    await readXml(zip.read(target), {
      open(name, attributes) {
        if (!/^(person|author|cmAuthor)$/.test(name) || authors.size >= mostAuthors) return
        authors.set(attributes.get('id') ?? '', attributes.get('displayName') ?? attributes.get('name') ?? '')
      },
      text() {},
      close() {},
    })
  }
  return authors
}

/** Comments of one sheet or slide. @param relations of that part */
export async function readComments(zip: Zip, relations: readonly Relation[], known: Authors): Promise<Comment[]> {
  const own = relations.filter(({ type, external }) => !external && /^(comments|threadedComment)$/.test(type))
  // Beside threads, Excel writes a copy for programs that know none.
  const threads = own.filter(({ type }) => type === 'threadedComment')
  const comments: Comment[] = []
  for (const { target } of threads.length > 0 ? threads : own) {
    if (zip.has(target)) await readPart(zip, target, known, comments)
  }
  return comments.filter(({ text }) => text !== '')
}

async function readPart(zip: Zip, part: string, known: Authors, comments: Comment[]): Promise<void> {
  const listed: string[] = []
  const open: Comment[] = []
  let author: string | undefined
  let texts = 0
  await readXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'author') author = ''
      else if (commentElements.has(name)) {
        const by = attributes.get('authorId') ?? attributes.get('personId') ?? ''
        const comment = {
          place: attributes.get('ref') ?? '',
          author: known.get(by) ?? listed[Number(by)] ?? '',
          text: '',
        }
        open.push(comment)
        if (comments.length < mostComments) comments.push(comment)
      } else if (name === 't' || name === 'text') texts += 1
      else if (name === 'p' || name === 'br') add(' ')
    },
    text(data) {
      if (author !== undefined) author += data
      else if (texts > 0) add(data)
    },
    close(name) {
      if (name === 'author') {
        if (listed.length < mostAuthors) listed.push(author ?? '')
        author = undefined
      } else if (commentElements.has(name)) open.pop()
      else if (name === 't' || name === 'text') texts -= 1
    },
  })

  function add(data: string): void {
    const comment = open.at(-1)
    if (comment && comment.text.length < longestComment) comment.text += data
  }
}

/** A comment as one line of Markdown. */
export function commentLine({ place, author, text }: Comment): string {
  const head = [place, author].filter(part => part !== '').map(part => escapeText(oneLine(part)))
  return `${head.join(', ')}${head.length > 0 ? ': ' : ''}${escapeText(oneLine(text.replace(/\s+/g, ' ')))}`
}

const commentElements: ReadonlySet<string> = new Set(['comment', 'threadedComment', 'cm', 'reply'])

const mostComments = 10_000
const mostAuthors = 10_000
const longestComment = 20_000
