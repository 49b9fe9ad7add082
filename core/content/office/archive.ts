import { escapeText, oneLine } from '../markdown.ts'
import { zipToMarkdown } from './reader.ts'
import { openZip } from './zip.ts'

/**
 * The names of what a ZIP archive holds, which is not opened; but a document that was only called an archive is read.
 * @param maxLength characters after which further names are left out
 * @throws Failure `item_unreadable` for what is no ZIP
 */
export async function archiveToMarkdown(bytes: Uint8Array, maxLength: number): Promise<string> {
  const zip = await openZip(bytes)
  const documents = ['[Content_Types].xml', 'META-INF/container.xml']
  if (documents.some(name => zip.has(name)) && (zip.has('_rels/.rels') || zip.has('mimetype'))) {
    return zipToMarkdown(zip, maxLength)
  }
  const files = zip.names.filter(name => !name.endsWith('/'))
  const lines: string[] = []
  let length = 0
  for (const name of files) {
    const line = `- ${escapeText(oneLine(name.replace(/\p{Cc}/gu, ' ')).slice(0, longestName))}`
    length += line.length + 1
    if (length > maxLength) break
    lines.push(line)
  }
  const rest = files.length - lines.length
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n')
}

const longestName = 1000
