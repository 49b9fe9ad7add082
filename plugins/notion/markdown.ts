/** Notion's blocks as Markdown. Source: https://developers.notion.com/reference/block */

import { listAt, numberAt, objectAt, textAt } from '../../core/plugin.ts'
import type { Block } from './block-tree.ts'
import { fileName } from './media.ts'
import { link, type Names, plainText, richText } from './rich-text.ts'
import { isHosted } from './stable.ts'

export interface Writing extends Names {
  /** Where Notion shows the page: a file that Notion keeps has no lasting address of its own. */
  pageUrl: string | undefined
}

/** Everything that can be read, in its order; empty for blocks without words. */
export function markdown(blocks: readonly Block[], writing: Writing): string {
  const parts: { text: string; list: string | undefined }[] = []
  let number: number | undefined
  for (const block of blocks) {
    number =
      block.type === 'numbered_list_item'
        ? (numberAt(block.content, 'list_start_index') ?? (number ?? 0) + 1)
        : undefined
    const text = blockText(block, writing, number ?? 1)
    if (text.trim() !== '') parts.push({ text, list: lists[block.type] })
  }
  return parts
    .map(({ text, list }, index) => {
      const before = parts[index - 1]
      return before === undefined ? text : `${list !== undefined && before.list === list ? '\n' : '\n\n'}${text}`
    })
    .join('')
}

/** Kinds of items that make one list with their neighbours. */
const lists: Readonly<Record<string, string>> = {
  bulleted_list_item: 'bullets',
  toggle: 'bullets',
  to_do: 'bullets',
  numbered_list_item: 'numbers',
}

function blockText(block: Block, writing: Writing, number: number): string {
  const { type, content } = block
  const said = richText(listAt(content, 'rich_text'), writing)
  switch (type) {
    case 'heading_1':
    case 'heading_2':
    case 'heading_3':
    case 'heading_4':
      return withChildren(said && `${'#'.repeat(Number(type.at(-1)))} ${said.replace(/\s+/g, ' ')}`, block, writing)
    case 'bulleted_list_item':
    case 'toggle':
      return item('-', said, block, writing)
    case 'numbered_list_item':
      return item(`${number}.`, said, block, writing)
    case 'to_do':
      return item(content.checked === true ? '- [x]' : '- [ ]', said, block, writing, 2)
    case 'quote':
      return quoted(withChildren(said, block, writing))
    case 'callout':
      return quoted(withChildren([emoji(block), said].filter(Boolean).join(' '), block, writing))
    case 'code':
      return withCaption(fenced(content), content, writing)
    case 'equation':
      return `$$\n${textAt(content, 'expression') ?? ''}\n$$`
    case 'divider':
      return '---'
    case 'table':
      return table(block, writing)
    case 'bookmark':
    case 'embed':
    case 'link_preview':
      return address(content, writing)
    case 'image':
    case 'video':
    case 'file':
    case 'pdf':
    case 'audio':
      return media(block, writing)
    case 'child_page':
    case 'child_database':
      return writing.refer(block.id, textAt(content, 'title') ?? '')
    case 'link_to_page':
      return reference(block, writing)
    case 'table_of_contents':
    case 'breadcrumb':
    case 'unsupported':
      return ''
    default: {
      // Columns, synced blocks, templates, tabs, meeting notes, and whatever comes: their words, and what is in them.
      const title = content.title
      return withChildren(
        said || (Array.isArray(title) ? richText(listAt(content, 'title'), writing) : ''),
        block,
        writing,
      )
    }
  }
}

function withChildren(text: string, { children }: Block, writing: Writing): string {
  return [text, markdown(children, writing)].filter(part => part.trim() !== '').join('\n\n')
}

function item(mark: string, said: string, { children }: Block, writing: Writing, width = mark.length + 1): string {
  const below = markdown(children, writing)
  const isList = children[0] !== undefined && lists[children[0].type] !== undefined
  const text = [said, below].filter(part => part !== '').join(said !== '' && isList ? '\n' : '\n\n')
  return text === '' ? '' : `${mark} ${text.replace(/\n(?!\n)/g, `\n${' '.repeat(width)}`)}`
}

function quoted(text: string): string {
  return text.replace(/^/gm, '> ').replace(/^> $/gm, '>')
}

function emoji({ content }: Block): string {
  return textAt(objectAt(content, 'icon'), 'emoji') ?? ''
}

function fenced(content: Block['content']): string {
  const code = plainText(listAt(content, 'rich_text'))
  const language = textAt(content, 'language') ?? ''
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language === 'plain text' ? '' : language}\n${code.replace(/\n$/, '')}\n${fence}`
}

function table({ content, children }: Block, writing: Writing): string {
  const rows = children
    .filter(({ type }) => type === 'table_row')
    .map(row => cellsOf(row, writing).map((cell, index) => (isRowHeader(index) && cell ? `**${cell}**` : cell)))
  const width = Math.max(numberAt(content, 'table_width') ?? 1, 1, ...rows.map(row => row.length))
  const blank = Array.from({ length: width }, () => '')
  // Markdown has no table without a header.
  const [head = blank, ...body] = content.has_column_header === true ? rows : [blank, ...rows]
  const line = (cells: readonly string[]) => `| ${blank.map((_, index) => cells[index] ?? '').join(' | ')} |`
  return rows.length === 0 ? '' : [line(head), `|${' --- |'.repeat(width)}`, ...body.map(line)].join('\n')

  function isRowHeader(index: number): boolean {
    return index === 0 && content.has_row_header === true
  }
}

function cellsOf({ content }: Block, writing: Writing): string[] {
  const { cells } = content
  if (!Array.isArray(cells)) return []
  return cells.map(cell =>
    richText(listAt({ cell }, 'cell'), writing)
      .replace(/\|/g, '\\|')
      .replace(/\s*\n\s*/g, ' '),
  )
}

function address(content: Block['content'], writing: Writing): string {
  const url = textAt(content, 'url') ?? ''
  return link(url, richText(listAt(content, 'caption'), writing))
}

function media(block: Block, writing: Writing): string {
  const caption = plainText(listAt(block.content, 'caption')).trim()
  const name = fileName(block.content) ?? block.type
  if (isHosted(block.content)) {
    const place = writing.pageUrl && `${writing.pageUrl}#${block.id.replaceAll('-', '')}`
    const shown = place ? link(place, name) : name
    return withCaption(shown, caption === name ? {} : block.content, writing)
  }
  const url = textAt(objectAt(block.content, 'external'), 'url') ?? ''
  const shown = link(url, caption || name)
  return block.type === 'image' && shown.startsWith('[') ? `!${shown}` : shown
}

function withCaption(text: string, content: Block['content'], writing: Writing): string {
  const caption = richText(listAt(content, 'caption'), writing)
  return caption.trim() === '' ? text : `${text}\n\n${caption}`
}

function reference({ content }: Block, writing: Writing): string {
  const id = textAt(content, 'page_id') ?? textAt(content, 'database_id')
  return id ? writing.refer(id, '') : ''
}
