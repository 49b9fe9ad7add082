/**
 * Slack's mrkdwn as Markdown. Source: https://docs.slack.dev/messaging/formatting-message-text
 */

/** What ids in a text stand for. */
export interface Names {
  /** The name that a person goes by. */
  user(id: string): string | undefined
  /** A channel's name, without `#`. */
  channel(id: string): string | undefined
}

/** A text of Slack's as Markdown: mentions and links made readable, entities decoded, code left as it is. */
export function mrkdwn(text: string, names: Names): string {
  return text
    .split(codePattern)
    .map((part, index) => (index % 2 === 1 ? code(part) : prose(part, names)))
    .join('')
}

/** Slack escapes these three in every text, and no others. */
export function decodeEntities(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_match, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'))
}

/** A link as Markdown, bare where its label says nothing more. */
export function link(url: string, label: string | undefined): string {
  const shown = label?.trim()
  if (!shown || shown === url || `mailto:${shown}` === url || `tel:${shown}` === url)
    return url.replace(/^(mailto|tel):/, '')
  const target = url.replace(/[()<>\s]/g, character =>
    encodeURIComponent(character).replace('(', '%28').replace(')', '%29'),
  )
  return `[${shown.replace(/[[\]]/g, '\\$&')}](${target})`
}

/** `@name`, or the id where nobody knows the name. */
export function userMention(id: string, label: string | undefined, names: Names): string {
  return `@${names.user(id) ?? label?.replace(/^@/, '') ?? id}`
}

export function channelMention(id: string, label: string | undefined, names: Names): string {
  return `#${names.channel(id) ?? label?.replace(/^#/, '') ?? id}`
}

const codePattern = /(```[\s\S]+?```|`[^`\n]+`)/
const tokenPattern = /<([^<>\n]+)>/g

/** Slack wraps addresses in `<…>` even inside code. */
function code(part: string): string {
  const plain = decodeEntities(
    part.replace(/<((?:https?|mailto|ftp|tel):[^|<>\n]+)(?:\|([^<>\n]*))?>/g, (_match, url, label) => label || url),
  )
  if (!plain.startsWith('```')) return plain
  // A fence must stand on lines of its own in Markdown; in Slack it need not.
  const content = plain.slice(3, -3).replace(/^\n/, '').replace(/\n$/, '')
  return `\n\`\`\`\n${content}\n\`\`\`\n`
}

function prose(part: string, names: Names): string {
  const kept: string[] = []
  // Links and mentions stand aside, so that an underscore in an address is not taken for emphasis.
  const held = part.replace(
    tokenPattern,
    (_match, token: string) => `\uE000${kept.push(resolve(token, names)) - 1}\uE001`,
  )
  return decodeEntities(emphasis(held)).replace(/\uE000(\d+)\uE001/g, (match, index) => kept[Number(index)] ?? match)
}

function emphasis(text: string): string {
  return text.replace(marked('*'), '$1**$2**').replace(marked('_'), '$1_$2_').replace(marked('~'), '$1~~$2~~')
}

/** Slack's rule: a mark opens after a space or punctuation and before a letter, and closes the other way round. */
function marked(mark: string): RegExp {
  const sign = `\\${mark}`
  return new RegExp(
    `(^|[^\\w${sign}])${sign}(?=[^\\s${sign}])([^${sign}\\n]*?[^\\s${sign}])${sign}(?![\\w${sign}])`,
    'gm',
  )
}

function resolve(token: string, names: Names): string {
  const bar = token.indexOf('|')
  const target = bar < 0 ? token : token.slice(0, bar)
  const label = (bar < 0 ? undefined : decodeEntities(token.slice(bar + 1))) || undefined
  const rest = target.slice(1)
  if (target.startsWith('@')) return userMention(rest, label, names)
  if (target.startsWith('#')) return channelMention(rest, label, names)
  if (target.startsWith('!')) return command(rest, label)
  return link(decodeEntities(target), label)
}

/** `<!here>`, `<!subteam^S1|@group>`, `<!date^1700000000^{date}^https://…|fallback>`. */
function command(text: string, label: string | undefined): string {
  const [name, argument] = text.split('^')
  if (name === 'subteam') return `@${label?.replace(/^@/, '') ?? argument ?? name}`
  if (name === 'date') return label ?? dateOf(argument) ?? text
  return label ? (label.startsWith('@') ? label : `@${label}`) : `@${name}`
}

function dateOf(seconds: string | undefined): string | undefined {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
