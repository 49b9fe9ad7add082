/**
 * Graph's metadata (OData CSDL 4.0) as a strict judge of what concerns Outlook: collections know their functions, keys
 * may be in parentheses, and open types are taken at their word, since no test adds a member to one.
 */
export interface OutlookMetadata {
  /** The type that a path from `/me` on gives, as `graph.message` or `Collection(…)`. @throws Error for one that it does not have */
  typeOf(path: string): string
  /** Names of members anywhere in a value that its type does not have. */
  strangers(value: unknown, type: string): string[]
}

const stream = 'Edm.Stream'

/** @param csdl the XML of one schema, with the alias `graph` */
export function readOutlookMetadata(csdl: string): OutlookMetadata {
  const types = new Map<string, { base: string | undefined; members: Map<string, string> }>()
  for (const [, name, rest = '', body = ''] of csdl.matchAll(
    /<(?:Entity|Complex)Type Name="(\w+)"([^>]*?)(?:\/>|>(.*?)<\/(?:Entity|Complex)Type>)/gs,
  )) {
    const properties = body.matchAll(/<(?:Navigation)?Property Name="(\w+)" Type="([^"]+)"/g)
    const members = new Map([...properties].map(([, member = '', type = '']) => [member, type]))
    types.set(`graph.${name}`, { base: /BaseType="([^"]+)"/.exec(rest)?.[1], members })
  }
  const functions = new Map(
    [
      ...csdl.matchAll(
        /<Function Name="(\w+)"[^>]*>\s*<Parameter Name="\w+" Type="([^"]+)".*?<ReturnType Type="([^"]+)"/gs,
      ),
    ].map(([, name, on, gives = '']) => [`${on}/${name}`, gives]),
  )
  return { typeOf, strangers }

  function typeOf(path: string): string {
    const [root, ...segments] = path
      .replace(/^\//, '')
      .replace(/\('([^']*)'\)/g, '/$1')
      .split('/')
    const type = root === 'me' ? segments.reduce<string | undefined>(step, 'graph.user') : undefined
    if (!type) throw new Error(`${path} is not in the metadata of Graph`)
    return type
  }

  function step(type: string | undefined, segment: string): string | undefined {
    if (type === undefined) return undefined
    const item = itemOf(type)
    if (item) return functions.get(`${type}/${segment}`) ?? (isKey(segment) ? item : undefined)
    return segment === '$value' ? stream : memberOf(type, segment)
  }

  function strangers(value: unknown, type: string): string[] {
    if (value === null) return []
    const item = itemOf(type)
    if (item) return Array.isArray(value) ? value.flatMap(one => strangers(one, item)) : [`no ${type}`]
    if (!types.has(type) || typeof value !== 'object') return []
    const own = '@odata.type' in value ? String(value['@odata.type']).replace('#microsoft.', '') : type
    return Object.entries(value).flatMap(([name, member]) => {
      if (name.startsWith('@')) return []
      const memberType = memberOf(own, name)
      return memberType ? strangers(member, memberType) : [`${own} ${name}`]
    })
  }

  function memberOf(type: string, name: string): string | undefined {
    for (let at = types.get(type); at; at = at.base === undefined ? undefined : types.get(at.base)) {
      const found = at.members.get(name)
      if (found) return found
    }
    return undefined
  }
}

function itemOf(type: string): string | undefined {
  return /^Collection\((.+)\)$/.exec(type)?.[1]
}

/** Ids of the fakes, and Outlook's own names of folders; a function that is not there is none. */
function isKey(segment: string): boolean {
  return /[=]$/.test(decodeURIComponent(segment)) || segment === 'inbox'
}
