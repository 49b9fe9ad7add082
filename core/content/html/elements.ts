/** What the elements and the inline styles of HTML mean for text. */

export type Attributes = Readonly<Record<string, string>>

// biome-ignore format: a list of words
/** Elements whose content is not for reading. */
export const skipped: ReadonlySet<string> = new Set([
  'applet', 'audio', 'canvas', 'datalist', 'embed', 'frameset', 'iframe', 'map', 'noembed', 'noframes',
  'object', 'script', 'select', 'style', 'svg', 'template', 'textarea', 'title', 'video', 'xml',
])

// biome-ignore format: a list of words
/** Elements that begin and end a line of their own. */
export const blockElements: ReadonlySet<string> = new Set([
  'address', 'article', 'aside', 'blockquote', 'body', 'caption', 'center', 'dd', 'details', 'dialog', 'dir', 'div', 'dl',
  'dt', 'fieldset', 'figcaption', 'figure', 'footer', 'form', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hgroup', 'hr',
  'html', 'legend', 'li', 'listing', 'main', 'menu', 'nav', 'ol', 'p', 'pre', 'search', 'section', 'summary', 'table',
  'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'ul', 'xmp',
])

// biome-ignore format: a list of words
/** The attributes that any function here reads. */
export const attributesRead: ReadonlySet<string> = new Set([
  'alt', 'checked', 'class', 'colspan', 'height', 'hidden', 'href', 'role', 'rowspan', 'start', 'style', 'type', 'width',
])

export interface Style {
  hidden: boolean
  /** Text too small to be read; `undefined` leaves it as it is around. */
  tiny: boolean | undefined
  bold: boolean | undefined
  italic: boolean | undefined
  /** Line feeds of the source are line breaks. */
  keepsLines: boolean | undefined
  /** Word's lists are paragraphs with a level (from 1), and a `marker` element with the bullet or number. */
  wordList: number | 'marker' | undefined
}

/**
 * A reader of what elements' own attributes say of their looks, for one document. Style sheets are not read: mail carries
 * what matters inline, and the same few styles over and over.
 */
export function createStyles(): (attributes: Attributes) => Style {
  const known = new Map<string, Style>()
  return attributes => {
    const style = inlineStyle(attributes.style)
    const hidden = attributes.hidden !== undefined && attributes.hidden !== 'until-found'
    return hidden ? { ...style, hidden } : style
  }

  function inlineStyle(source: string | undefined): Style {
    if (!source) return plainStyle
    const found = known.get(source)
    if (found) return found
    const style = parseStyle(source)
    if (known.size < 500 && source.length < 1000) known.set(source, style)
    return style
  }
}

function parseStyle(source: string): Style {
  const style = new Map<string, string>()
  for (const declaration of source.slice(0, longestStyle).toLowerCase().split(';')) {
    const colon = declaration.indexOf(':')
    if (colon < 0) continue
    style.set(
      declaration.slice(0, colon).trim(),
      declaration
        .slice(colon + 1)
        .replace('!important', '')
        .trim(),
    )
  }
  return {
    hidden: hides(style),
    tiny: tiny(style.get('font-size') ?? /^\S*(?=\/)/.exec(style.get('font') ?? '')?.[0]),
    bold: matches(style.get('font-weight'), /^(bold|bolder|[6-9]00)$/),
    italic: matches(style.get('font-style'), /^(italic|oblique)/),
    keepsLines: matches(style.get('white-space'), /^(pre|break-spaces)/),
    wordList: wordList(style.get('mso-list')),
  }
}

/**
 * Where a link leads, fit for Markdown; `undefined` for what leads nowhere outside the document or would run code.
 * White space and control characters go first, as in browsers, which read `java\nscript:` as `javascript:`.
 */
export function hrefOf(attributes: Attributes): string | undefined {
  const href = attributes.href?.replace(/[\p{Cc}\u2028\u2029]/gu, '').trim()
  if (!href || href.startsWith('#') || href.length > longestHref) return undefined
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase()
  if (scheme && !schemes.has(scheme)) return undefined
  return href.replace(/[\s<>()\\]/g, character => encodeURIComponent(character).replace('(', '%28').replace(')', '%29'))
}

/** The words for an image: its alternative text, unless it is a mere file name or the image is a tracking pixel. */
export function altOf(attributes: Attributes): string {
  const alt = attributes.alt?.trim() ?? ''
  if (isDot(attributes.width) || isDot(attributes.height)) return ''
  return /^\S+\.(png|jpe?g|gif|svg|webp|bmp)$/i.test(alt) || /^(https?|cid|data):\S+$/i.test(alt) ? '' : alt
}

/** The language of a code block, where its class names one as highlighters do. */
export function languageOf(attributes: Attributes): string {
  return (
    /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]{1,30})/i.exec(attributes.class ?? '')?.[1]?.toLowerCase() ?? ''
  )
}

const plainStyle: Style = {
  hidden: false,
  tiny: undefined,
  bold: undefined,
  italic: undefined,
  keepsLines: undefined,
  wordList: undefined,
}

/** Characters of a style that are looked at. */
const longestStyle = 4096

const schemes: ReadonlySet<string> = new Set([
  'http',
  'https',
  'mailto',
  'tel',
  'sms',
  'ftp',
  'ftps',
  'sftp',
  'webcal',
  'news',
])

/** Longer ones are a tracker's payload, not an address. */
const longestHref = 4096

function hides(style: ReadonlyMap<string, string>): boolean {
  if (style.get('display') === 'none' || style.get('visibility') === 'hidden') return true
  if (/^0?\.?0+%?$/.test(style.get('opacity') ?? '')) return true
  return style.get('overflow') === 'hidden' && (zero(style.get('max-height')) || zero(style.get('height')))
}

function zero(length: string | undefined): boolean {
  return length !== undefined && /^0(\.0+)?[a-z%]*$/.test(length)
}

function tiny(size: string | undefined): boolean | undefined {
  if (size === undefined || size === '') return undefined
  if (zero(size) || size === '1px') return true
  return /^[\d.]+(em|%)$/.test(size) ? undefined : false
}

function matches(value: string | undefined, pattern: RegExp): boolean | undefined {
  return value === undefined ? undefined : pattern.test(value)
}

function wordList(value: string | undefined): number | 'marker' | undefined {
  if (value === 'ignore') return 'marker'
  const level = /\blevel([1-9])\b/.exec(value ?? '')?.[1]
  return level === undefined ? undefined : Number(level)
}

function isDot(length: string | undefined): boolean {
  return length !== undefined && /^\s*[012](px)?\s*$/.test(length)
}
