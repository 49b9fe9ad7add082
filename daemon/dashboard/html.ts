/** Markup as text that escapes what is put into it by itself; attributes must be quoted. */
import { html, raw } from 'hono/html'

export { html }

export type Html = ReturnType<typeof html>

/** Anything that may stand in a template: text is escaped, nothing is nothing. */
export type Part = Html | string | number | false | null | undefined | readonly Part[]

/** Markup that the store made and escaped: snippets with `<mark>`. */
export function snippetHtml(escaped: string): Html {
  return raw(escaped)
}

const shapes = {
  healthy: '<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.7 2.7L16 9.5"/>',
  busy: '<path d="M20 12a8 8 0 1 1-2.3-5.6"/><path d="M20 4v4h-4"/>',
  trouble: '<path d="M12 3.5 2.5 20h19z"/><path d="M12 10v4.5"/><path d="M12 17.2v.1"/>',
  person: '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"/>',
  waiting: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
  stopped: '<circle cx="12" cy="12" r="9"/><path d="M9 9h6v6H9z"/>',
  search: '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
  add: '<path d="M12 5v14M5 12h14"/>',
  external: '<path d="M14 4h6v6"/><path d="m20 4-9 9"/><path d="M18 14v5H5V6h5"/>',
  lock: '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
  key: '<circle cx="8" cy="15" r="4"/><path d="m11 12 9-9M16 7l3 3"/>',
} as const

export type Icon = keyof typeof shapes

/** A picture beside words that say the same, so none for a screen reader. */
export function icon(name: Icon): Html {
  return raw(
    `<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">${shapes[name]}</svg>`,
  )
}
