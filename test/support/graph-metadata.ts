/** Graph's metadata (OData CSDL 4.0) as a judge: whether a path exists in it, and whether an answer is of its type. */

export interface GraphMetadata {
  /** The type that a path below the service root gives, as `microsoft.graph.drive` or `Collection(…)`. @throws Error for one that is not in the metadata */
  typeOf(path: string): string
  /** What in a value is not as its type says, a sentence each. Annotations and members of open types are free. */
  check(value: unknown, type: string, where?: string): string[]
}

interface GraphType {
  base: string | undefined
  isOpen: boolean
  members: Map<string, string>
}

/** @param csdl the XML of one schema, `microsoft.graph` */
export function readGraphMetadata(csdl: string): GraphMetadata {
  const types = new Map<string, GraphType>()
  for (const [, head = '', body = ''] of csdl.matchAll(
    /<(?:Entity|Complex)Type ([^>]*?)(?:\/>|>(.*?)<\/(?:Entity|Complex)Type>)/gs,
  )) {
    const members = new Map<string, string>()
    for (const [, attributes = ''] of body.matchAll(/<(?:Navigation)?Property ([^>]*?)\/?>/g)) {
      members.set(attribute(attributes, 'Name') ?? '', qualify(attribute(attributes, 'Type') ?? ''))
    }
    const base = attribute(head, 'BaseType')
    const isOpen = attribute(head, 'OpenType') === 'true'
    types.set(qualify(`graph.${attribute(head, 'Name')}`), { base: base && qualify(base), isOpen, members })
  }
  const functions = [...csdl.matchAll(/<Function ([^>]*)>(.*?)<\/Function>/gs)].map(([, head = '', body = '']) => {
    const [binding, ...parameters] = [...body.matchAll(/<Parameter ([^>]*?)\/>/g)].map(([, text = '']) => text)
    return {
      name: attribute(head, 'Name'),
      on: qualify(attribute(binding ?? '', 'Type') ?? ''),
      parameters: parameters.map(text => attribute(text, 'Name')).sort(),
      gives: qualify(/<ReturnType Type="([^"]+)"/.exec(body)?.[1] ?? ''),
    }
  })
  const roots = new Map(
    [...csdl.matchAll(/<(Singleton|EntitySet) ([^>]*?)\/?>/g)].map(([, kind, text = '']) => {
      const type = qualify(attribute(text, kind === 'Singleton' ? 'Type' : 'EntityType') ?? '')
      return [attribute(text, 'Name') ?? '', kind === 'Singleton' ? type : `Collection(${type})`]
    }),
  )
  return { typeOf, check }

  function typeOf(path: string): string {
    const [root = '', ...segments] = path.replace(/^\//, '').split('/')
    let type = roots.get(root)
    for (const segment of segments) type = type && step(type, decodeURIComponent(segment))
    if (!type) throw new Error(`${path} is not in the metadata of Graph`)
    return type
  }

  function step(type: string, segment: string): string | undefined {
    const [, item] = /^Collection\((.+)\)$/.exec(type) ?? []
    if (item) return item
    const [, name = '', list] = /^([\w.]+?)(?:\((.*)\))?$/.exec(segment) ?? []
    const parameters = list
      ? list
          .split(',')
          .map(parameter => parameter.split('=')[0])
          .sort()
      : []
    const called = functions.find(
      candidate => candidate.name === name && candidate.on === type && `${candidate.parameters}` === `${parameters}`,
    )
    return called?.gives ?? memberOf(type, segment)
  }

  function memberOf(type: string, name: string): string | undefined {
    for (let at = types.get(type); at; at = at.base === undefined ? undefined : types.get(at.base)) {
      const found = at.members.get(name)
      if (found) return found
    }
    return undefined
  }

  function check(value: unknown, type: string, where = '$'): string[] {
    const [, item] = /^Collection\((.+)\)$/.exec(type) ?? []
    if (item) {
      if (!Array.isArray(value)) return [`${where} is not an array`]
      return value.flatMap((one, index) => check(one, item, `${where}[${index}]`))
    }
    const primitive = primitives[type]
    if (primitive) return primitive(value) ? [] : [`${where} is not an ${type}`]
    const known = types.get(type)
    // A type that the excerpt has left out.
    if (!known) return []
    if (typeof value !== 'object' || value === null) return [`${where} is not an object`]
    return Object.entries(value).flatMap(([name, member]) => {
      if (name.startsWith('@')) return []
      const memberType = memberOf(type, name)
      if (memberType) return check(member, memberType, `${where}.${name}`)
      return known.isOpen ? [] : [`${where}.${name} is not a member of ${type}`]
    })
  }
}

const primitives: Readonly<Record<string, (value: unknown) => boolean>> = {
  'Edm.String': value => typeof value === 'string',
  'Edm.Boolean': value => typeof value === 'boolean',
  'Edm.Int32': value => Number.isInteger(value),
  'Edm.Int64': value => Number.isInteger(value),
  'Edm.Double': value => typeof value === 'number',
  'Edm.DateTimeOffset': value => typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value),
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1]
}

/** `graph.` is the schema's own short name of `microsoft.graph.`. */
function qualify(type: string): string {
  return type.replace(/^(Collection\()?graph\./, '$1microsoft.graph.')
}
