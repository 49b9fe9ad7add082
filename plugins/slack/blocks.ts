/**
 * What apps and Slack's own editor compose: blocks and attachments as Markdown.
 * Sources: https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
 */
import { type JsonObject, listAt, objectAt, textAt } from '../../core/plugin.ts'
import { decodeEntities, link, mrkdwn, type Names } from './mrkdwn.ts'
import { richText } from './rich-text.ts'

/** A message's blocks; empty where nothing in them can be read. */
export function blocksText(blocks: readonly JsonObject[], names: Names): string {
  return blocks
    .map(block => blockText(block, names))
    .filter(text => text.trim() !== '')
    .join('\n\n')
}

/** One attachment: an unfurled link, a shared message, or what an app attached. */
export function attachmentText(attachment: JsonObject, names: Names): string {
  const blocks = [...listAt(attachment, 'blocks'), ...listAt(attachment, 'message_blocks').flatMap(messageBlocks)]
  const said = (name: string) => mrkdwn(textAt(attachment, name) ?? '', names)
  const title = textAt(attachment, 'title')
  const address = textAt(attachment, 'title_link') ?? textAt(attachment, 'from_url')
  const composed = blocks.length > 0 ? blocksText(blocks, names) : ''
  const parts = [
    said('pretext'),
    plain(textAt(attachment, 'author_name') ?? textAt(attachment, 'service_name')),
    title ? (address ? link(address, plain(title)) : `**${plain(title)}**`) : '',
    composed || said('text'),
    ...listAt(attachment, 'fields').map(field =>
      pair(plain(textAt(field, 'title')), mrkdwn(textAt(field, 'value') ?? '', names)),
    ),
    ...listAt(attachment, 'files').map(file => plain(textAt(file, 'title') ?? textAt(file, 'name'))),
    plain(textAt(attachment, 'footer')),
  ].filter(part => part.trim() !== '')
  if (parts.length > 0) return parts.join('\n')
  return said('fallback') || (address ?? '')
}

function messageBlocks(part: JsonObject): JsonObject[] {
  return listAt(objectAt(part, 'message'), 'blocks')
}

function blockText(block: JsonObject, names: Names): string {
  switch (textAt(block, 'type')) {
    case 'rich_text':
      return richText(block, names)
    case 'header':
      return heading(textObject(objectAt(block, 'text'), names))
    case 'section':
      return lines([
        textObject(objectAt(block, 'text'), names),
        ...listAt(block, 'fields').map(field => textObject(field, names)),
      ])
    case 'context':
      return listAt(block, 'elements')
        .map(element => textObject(element, names) || plain(textAt(element, 'alt_text')))
        .filter(Boolean)
        .join(' ')
    case 'markdown':
      return textAt(block, 'text') ?? ''
    case 'divider':
      return '---'
    case 'image':
      return imageText(block, names)
    case 'video':
      return lines([
        link(
          textAt(block, 'title_url') ?? textAt(block, 'video_url') ?? '',
          textObject(objectAt(block, 'title'), names),
        ),
        textObject(objectAt(block, 'description'), names),
      ])
    case 'table':
      return tableText(block, names)
    case 'input':
      return textObject(objectAt(block, 'label'), names)
    default:
      return ''
  }
}

/** A text object: `mrkdwn`, or `plain_text`, in which Slack escapes as in any other text. */
function textObject(object: JsonObject | undefined, names: Names): string {
  const text = textAt(object, 'text') ?? ''
  return textAt(object, 'type') === 'mrkdwn' ? mrkdwn(text, names) : decodeEntities(text)
}

function heading(text: string): string {
  return text ? `### ${text.replace(/\s+/g, ' ')}` : ''
}

function imageText(block: JsonObject, names: Names): string {
  const title = textObject(objectAt(block, 'title'), names) || plain(textAt(block, 'alt_text'))
  const address = textAt(block, 'image_url')
  return title && address ? link(address, title) : title
}

function tableText(block: JsonObject, names: Names): string {
  const { rows } = block
  if (!Array.isArray(rows)) return ''
  const cells = rows.map(row => listAt({ row }, 'row').map(cell => cellText(cell, names)))
  const [head, ...body] = cells.map(row => `| ${row.join(' | ')} |`)
  if (head === undefined) return ''
  return [head, `|${' --- |'.repeat(cells[0]?.length ?? 1)}`, ...body].join('\n')
}

function cellText(cell: JsonObject, names: Names): string {
  const text = textAt(cell, 'type') === 'rich_text' ? richText(cell, names) : plain(textAt(cell, 'text'))
  return text.replace(/\|/g, '\\|').replace(/\s*\n\s*/g, ' ')
}

function plain(text: string | undefined): string {
  return decodeEntities(text ?? '')
}

function pair(title: string, value: string): string {
  return title && value ? `${title}: ${value}` : title || value
}

function lines(parts: readonly string[]): string {
  return parts.filter(part => part.trim() !== '').join('\n')
}
