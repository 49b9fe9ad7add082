/**
 * Notion's rich text as Markdown. Source: https://developers.notion.com/reference/rich-text
 */
import { canonicalJson, type JsonObject, objectAt, textAt } from '../../core/plugin.ts'

/** How people and pages are called. */
export interface Names {
  user(id: string): string | undefined
  /** How a page or database shows in text. @param title what it is called where it is mentioned */
  refer(id: string, title: string): string
}

/** What is written, without marks. */
export function plainText(items: readonly JsonObject[]): string {
  return items.map(item => textAt(item, 'plain_text') ?? textAt(objectAt(item, 'text'), 'content') ?? '').join('')
}

export function richText(items: readonly JsonObject[], names: Names): string {
  return joined(items.map(item => ({ text: meaning(item, names), marks: objectAt(item, 'annotations') })))
}

export function link(address: string, label: string): string {
  const text = label.replace(/\s+/g, ' ').trim()
  return text === '' || text === address ? address : `[${text.replace(/[[\]]/g, '\\$&')}](${encodeSpaces(address)})`
}

/** Where Notion shows a page; `undefined` for an id that is none of Notion's. */
export function addressOf(id: string): string | undefined {
  const plain = id.replaceAll('-', '')
  return /^[0-9a-f]{32}$/i.test(plain) ? `https://www.notion.so/${plain}` : undefined
}

export function dateText(date: JsonObject | undefined): string {
  const [start, end, zone] = [textAt(date, 'start'), textAt(date, 'end'), textAt(date, 'time_zone')]
  if (!start) return ''
  return `${start}${end ? ` → ${end}` : ''}${zone ? ` (${zone})` : ''}`
}

export function userName(user: JsonObject | undefined, names: Names): string | undefined {
  const id = textAt(user, 'id')
  return textAt(user, 'name') ?? (id === undefined ? undefined : names.user(id))
}

interface Run {
  text: string
  marks: JsonObject | undefined
}

/** Neighbours with the same marks become one: marks that touch each other would not be read as such. */
function joined(runs: readonly Run[]): string {
  const merged: Run[] = []
  for (const run of runs) {
    const last = merged.at(-1)
    if (last && marksOf(last) === marksOf(run)) last.text += run.text
    else merged.push({ ...run })
  }
  return merged.map(styled).join('')
}

function marksOf({ marks }: Run): string {
  return canonicalJson(['bold', 'italic', 'strikethrough', 'code'].map(name => marks?.[name] === true))
}

function meaning(item: JsonObject, names: Names): string {
  const said = textAt(item, 'plain_text') ?? ''
  switch (textAt(item, 'type')) {
    case 'equation':
      return `$${textAt(objectAt(item, 'equation'), 'expression') ?? said}$`
    case 'mention':
      return mention(objectAt(item, 'mention') ?? {}, said, textAt(item, 'href'), names)
    default: {
      const text = objectAt(item, 'text')
      const address = textAt(objectAt(text, 'link'), 'url') ?? textAt(item, 'href')
      const content = said || (textAt(text, 'content') ?? '')
      return address ? link(whole(address), content) : content
    }
  }
}

function mention(object: JsonObject, said: string, address: string | undefined, names: Names): string {
  const type = textAt(object, 'type') ?? ''
  const value = objectAt(object, type)
  const id = textAt(value, 'id') ?? ''
  switch (type) {
    case 'user':
      return `@${userName(value, names) ?? (said.replace(/^@/, '') || id)}`
    case 'page':
    case 'database':
    case 'data_source':
      return id ? names.refer(id, said) : said
    case 'date':
      return dateText(value) || said
    case 'link_mention':
      return link(textAt(value, 'href') ?? address ?? '', textAt(value, 'title') ?? said)
    case 'link_preview':
      return link(textAt(value, 'url') ?? address ?? '', said)
    case 'custom_emoji':
      return `:${textAt(value, 'name') ?? said.replaceAll(':', '')}:`
    default:
      return address ? link(whole(address), said) : said
  }
}

/** Links within a workspace come without the host. */
function whole(address: string): string {
  return address.startsWith('/') ? `https://www.notion.so${address}` : address
}

function encodeSpaces(address: string): string {
  return address.replace(/[\s()]/g, sign => ({ '(': '%28', ')': '%29' })[sign] ?? encodeURIComponent(sign))
}

/** Marks must touch the letters, not the spaces around them. */
function styled({ text, marks }: Run): string {
  const core = text.trim()
  if (!marks || core === '') return text
  const before = text.slice(0, text.length - text.trimStart().length)
  const after = text.slice(text.trimEnd().length)
  let marked = core
  if (marks.code === true) marked = codeSpan(marked)
  if (marks.strikethrough === true) marked = `~~${marked}~~`
  if (marks.italic === true) marked = `_${marked}_`
  if (marks.bold === true) marked = `**${marked}**`
  return before + marked + after
}

function codeSpan(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}
