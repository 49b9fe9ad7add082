/** The `root_pages` option: pages and databases by id, address or title. */
import type { Config } from '../../core/plugin.ts'
import type { Item } from './model.ts'

export interface Roots {
  /** Whether there is a filter at all. */
  isSet: boolean
  /** Ids among what was given, in Notion's own spelling: they are asked for where no listing shows them. */
  ids: readonly string[]
  isRoot(item: Item): boolean
  /** For a parent that nothing but its id is known of. */
  isRootId(id: string): boolean
}

export function readRoots(config: Config): Roots {
  const { root_pages: given } = config
  const words = Array.isArray(given) ? given.map(word => String(word).trim()).filter(word => word !== '') : []
  const ids = new Set(words.flatMap(word => idIn(word) ?? []))
  const others = new Set(words.map(comparable))
  const isRootId = (id: string) => ids.has(plain(id)) || others.has(comparable(id))
  return {
    isSet: words.length > 0,
    ids: [...ids].map(dashed),
    isRootId,
    isRoot: ({ id, title, url }) =>
      isRootId(id) || others.has(comparable(title)) || (url !== undefined && others.has(comparable(url))),
  }
}

/** An id by itself, or at the end of an address' path: `https://www.notion.so/team/Title-<32 digits>?pvs=4`. */
function idIn(word: string): string | undefined {
  const [path = ''] = word.split(/[?#]/)
  const found = /(?:^|[-/])([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\/?$/i.exec(path)?.[1]
  return found && plain(found)
}

function plain(id: string): string {
  return id.replaceAll('-', '').toLowerCase()
}

function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function comparable(word: string): string {
  const isAddress = /^https?:\/\//i.test(word)
  return (isAddress ? word.replace(/[?#].*$/, '').replace(/\/+$/, '') : word.trim().replace(/\s+/g, ' ')).toLowerCase()
}
