/**
 * What Slack's own editor writes. Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
import { type JsonObject, listAt, numberAt, objectAt, textAt } from '../../core/plugin.ts'
import { channelMention, decodeEntities, link, type Names, userMention } from './mrkdwn.ts'
import { secondsToIso } from './timestamps.ts'

/** A `rich_text` block as Markdown. */
export function richText(block: JsonObject, names: Names): string {
  const counters: number[] = []
  return listAt(block, 'elements')
    .map(element => {
      const isList = textAt(element, 'type') === 'rich_text_list'
      if (!isList) counters.length = 0
      return isList ? list(element, names, counters) : part(element, names)
    })
    .filter(text => text.trim() !== '')
    .join('\n')
}

function part(element: JsonObject, names: Names): string {
  const inside = listAt(element, 'elements')
  switch (textAt(element, 'type')) {
    case 'rich_text_preformatted':
      return `\`\`\`\n${inside.map(verbatim).join('').replace(/\n$/, '')}\n\`\`\``
    case 'rich_text_quote':
      return inline(inside, names).replace(/^/gm, '> ')
    default:
      return inline(inside, names)
  }
}

/** Slack makes each level of indentation a list of its own; a numbered one goes on where its level left off. */
function list(element: JsonObject, names: Names, counters: number[]): string {
  const level = numberAt(element, 'indent') ?? 0
  const ordered = textAt(element, 'style') === 'ordered'
  counters.length = Math.min(counters.length, level + 1)
  let count = numberAt(element, 'offset') ?? counters[level] ?? 0
  const items = listAt(element, 'elements').map(item => {
    const mark = ordered ? `${++count}.` : '-'
    return `${'   '.repeat(level)}${mark} ${part(item, names).replace(/\n/g, `\n${'   '.repeat(level + 1)}`)}`
  })
  for (let index = counters.length; index < level; index++) counters[index] = 0
  counters[level] = count
  return items.join('\n')
}

function inline(elements: readonly JsonObject[], names: Names): string {
  return elements.map(element => styled(meaning(element, names), objectAt(element, 'style'))).join('')
}

function meaning(element: JsonObject, names: Names): string {
  const id = (name: string) => textAt(element, name) ?? ''
  switch (textAt(element, 'type')) {
    case 'link':
      return link(id('url'), textAt(element, 'text'))
    case 'user':
      return userMention(id('user_id'), undefined, names)
    case 'channel':
      return channelMention(id('channel_id'), undefined, names)
    case 'usergroup':
      return `@${id('usergroup_id')}`
    case 'broadcast':
      return `@${id('range')}`
    case 'emoji':
      return `:${id('name')}:`
    case 'color':
      return id('value')
    case 'date':
      return textAt(element, 'fallback') ?? secondsToIso(numberAt(element, 'timestamp') ?? 0)
    default:
      return decodeEntities(textAt(element, 'text') ?? textAt(element, 'url') ?? '')
  }
}

function verbatim(element: JsonObject): string {
  return decodeEntities(textAt(element, 'text') ?? textAt(element, 'url') ?? '')
}

/** Marks must touch the letters, not the spaces around them. */
function styled(text: string, style: JsonObject | undefined): string {
  const [, before = '', core = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? []
  if (!style || core === '') return text
  let marked = core
  if (style.code === true) marked = `\`${marked}\``
  if (style.strike === true) marked = `~~${marked}~~`
  if (style.italic === true) marked = `_${marked}_`
  if (style.bold === true) marked = `**${marked}**`
  return before + marked + after
}
