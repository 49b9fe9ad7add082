/** Where everything is: the pages and databases of a run, found as they are asked for, and the way up from each. */
import {
  type Context,
  Failure,
  isFailure,
  isJsonObject,
  type Json,
  type JsonObject,
  objectAt,
  textAt,
} from '../../core/plugin.ts'
import { isNoRoute, look } from './api.ts'
import { entityTypeOf, type Held, type Item, type Kind, toDatabase, toHeld, toPage } from './model.ts'

export interface Path {
  /** From the outermost page or database down to the parent. */
  trail: Item[]
  /** Whether something above is in the trash. */
  isTrashed: boolean
  /** Whether something above could not be asked for, so that the trail may begin too late. */
  isUnsure: boolean
}

export interface Tree {
  /** Takes note of an item; what was edited last counts. */
  add(item: Item): Item
  replace(item: Item): void
  get(kind: Kind, id: string): Item | undefined
  /** Either kind: a page's id is no database's. */
  find(id: string): Item | undefined
  items(kind: Kind): Iterable<Item>
  /** What the store has of it. */
  held(item: Item): Promise<Held | undefined>
  path(item: Item): Promise<Path>
  /** Asks the provider, once a run unless `again`. A `Failure` says why it cannot be had. */
  ask(kind: Kind, id: string, options?: { again?: boolean }): Promise<Item | Failure>
  /** The page or database that has this block. */
  learnHome(block: string, home: string): void
  /** As far as it is known by now. */
  homeOf(block: string): string | undefined
  /** The page or database that has this block, asked for if need be. @throws Failure for what concerns more than it */
  locate(block: string): Promise<string | undefined>
  /** A data source's database, and the formulas of it that tell the time: another value at each read. */
  learnSource(source: JsonObject): void
  databaseOf(source: string): string | undefined
}

/** @param isPending whether something of the item could not be had in an earlier run */
export function createTree(context: Context, isPending: (id: string) => boolean): Tree {
  const found: Readonly<Record<Kind, Map<string, Item>>> = { page: new Map(), database: new Map() }
  const answers = new Map<string, Promise<Item | Failure>>()
  const homes = new Map<string, string>()
  const unsureBlocks = new Set<string>()
  const blockAnswers = new Map<string, Promise<string | undefined>>()
  const sources = new Map<string, { database: string; clocks: ReadonlySet<string> }>()

  const tree: Tree = {
    add(item) {
      const { [item.kind]: map } = found
      const known = map.get(item.id)
      if (known && known.edited >= item.edited && known.isTrashed === item.isTrashed) return known
      map.set(item.id, withoutClocks(item))
      return item
    },
    replace(item) {
      found[item.kind].set(item.id, item)
    },
    get: (kind, id) => found[kind].get(id),
    find: id => found.page.get(id) ?? found.database.get(id),
    items: kind => found[kind].values(),
    async held(item) {
      if (item.held === undefined) {
        item.held = null
        for await (const known of context.known({ entityType: entityTypeOf(item.kind), id: item.id })) {
          item.held = toHeld(known, item)
        }
      }
      return item.held ?? undefined
    },
    async path(item) {
      const path: Path = { trail: [], isTrashed: item.isTrashed, isUnsure: false }
      const passed = new Set([item.id])
      for (let at = item; ; ) {
        const parent = await parentOf(at)
        if (parent === 'unsure') path.isUnsure = true
        if (parent === 'unsure' || parent === undefined || passed.has(parent.id)) return path
        passed.add(parent.id)
        path.trail.unshift(parent)
        path.isTrashed ||= parent.isTrashed
        at = parent
      }
    },
    ask(kind, id, { again = false } = {}) {
      const key = `${kind}:${id}`
      let answer = again ? undefined : answers.get(key)
      if (!answer) {
        answer = askAnew(kind, id)
        answers.set(key, answer)
        answer.catch(() => answers.delete(key))
      }
      return answer
    },
    learnHome(block, home) {
      homes.set(block, home)
    },
    homeOf: block => homes.get(block),
    locate,
    learnSource(source) {
      const id = textAt(source, 'id')
      const database = textAt(objectAt(source, 'parent'), 'database_id')
      if (!id || !database) return
      const clocks = clockFormulas(source)
      sources.set(id, { database, clocks })
      if (clocks.size > 0) for (const page of found.page.values()) withoutClocks(page)
    },
    databaseOf: source => sources.get(source)?.database,
  }
  return tree

  async function askAnew(kind: Kind, id: string): Promise<Item | Failure> {
    const path = `${kind}s/${encodeURIComponent(id)}`
    const answer = await look(context, path)
    if (answer instanceof Failure) return answer
    const item = kind === 'page' ? toPage(answer) : toDatabase(answer, [])
    if (!item) return new Failure('item_forbidden', `GET /v1/${path} shows nothing but the id`)
    return kind === 'page' ? tree.add(item) : (tree.get('database', id) ?? item)
  }

  async function parentOf(item: Item): Promise<Item | 'unsure' | undefined> {
    const { parent } = item
    const page = textAt(parent, 'page_id')
    if (page !== undefined) return seek(item, 'page', page)
    const block = textAt(parent, 'block_id')
    if (block !== undefined) {
      const home = await homeOf(item, block)
      if (home === undefined) return unsureBlocks.has(block) ? 'unsure' : undefined
      return tree.find(home) ?? seek(item, 'page', home)
    }
    const source = textAt(parent, 'data_source_id')
    const known = source === undefined ? undefined : tree.databaseOf(source)
    const database = known ?? textAt(parent, 'database_id') ?? (source && (await askForDatabase(source)))
    if (database === 'unsure') return 'unsure'
    return database ? seek(item, 'database', database) : undefined
  }

  /** Asks for a parent that no listing has shown, but not again for one that was out of reach when the store got it. */
  async function seek(child: Item, kind: Kind, id: string): Promise<Item | 'unsure' | undefined> {
    const known = found[kind].get(id)
    if (known) return known
    const held = await tree.held(child)
    const isOldNews = held?.isSame && !isPending(child.id) && held.breadcrumbs.every(({ entityId }) => entityId !== id)
    if (isOldNews) return undefined
    const answer = await tree.ask(kind, id)
    if (!(answer instanceof Failure)) return kind === 'page' ? answer : tree.add(answer)
    return isFailure(answer, 'item_missing') || isNoRoute(answer) ? undefined : 'unsure'
  }

  /** The page or database that has a block, learned while reading, kept from an earlier run, or asked for. */
  async function homeOf(item: Item, block: string): Promise<string | undefined> {
    const held = homes.has(block) ? undefined : await tree.held(item)
    if (held?.isSame && held.content.home !== undefined) homes.set(block, held.content.home)
    return locate(block)
  }

  async function locate(block: string): Promise<string | undefined> {
    const learned = homes.get(block)
    if (learned !== undefined) return learned
    let answer = blockAnswers.get(block)
    if (!answer) {
      answer = climb(block)
      blockAnswers.set(block, answer)
    }
    const home = await answer
    if (home !== undefined) homes.set(block, home)
    return home
  }

  async function climb(block: string): Promise<string | undefined> {
    const passed = new Set<string>()
    for (let at = block; !passed.has(at); ) {
      passed.add(at)
      const answer = await look(context, `blocks/${encodeURIComponent(at)}`)
      if (answer instanceof Failure) {
        if (!isFailure(answer, 'item_missing') && !isNoRoute(answer)) unsureBlocks.add(block)
        return undefined
      }
      const parent = objectAt(answer, 'parent')
      const home = textAt(parent, 'page_id') ?? textAt(parent, 'database_id')
      const above = textAt(parent, 'block_id')
      if (home !== undefined || above === undefined) return home
      at = above
    }
    return undefined
  }

  async function askForDatabase(source: string): Promise<string | undefined> {
    const answer = await look(context, `data_sources/${encodeURIComponent(source)}`)
    if (answer instanceof Failure) return isFailure(answer, 'item_unreadable') ? 'unsure' : undefined
    tree.learnSource(answer)
    return tree.databaseOf(source)
  }

  function withoutClocks(item: Item): Item {
    const source = textAt(item.parent, 'data_source_id')
    const clocks = source === undefined ? undefined : sources.get(source)?.clocks
    const properties = objectAt(item.raw, 'properties')
    if (!clocks?.size || !properties) return item
    const kept = Object.entries(properties).filter(([, value]) => !isJsonObject(value) || !clocks.has(String(value.id)))
    item.raw.properties = Object.fromEntries(kept)
    return item
  }
}

function clockFormulas(source: JsonObject): Set<string> {
  const properties: Json[] = Object.values(objectAt(source, 'properties') ?? {})
  return new Set(
    properties.flatMap(property => {
      if (!isJsonObject(property) || property.type !== 'formula') return []
      const expression = textAt(objectAt(property, 'formula'), 'expression') ?? ''
      return /\b(now|today)\s*\(/.test(expression) ? [String(property.id)] : []
    }),
  )
}
