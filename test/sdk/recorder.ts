/** Which methods a client has, and which of them were called with success. */
export interface Call {
  client: string
  resource: string
  method: string
  answer: unknown
}

/** Every public method of every resource, as `resource.method`, from the client's own classes. */
export function methodsOf(client: object): string[] {
  return resourcesOf(client).flatMap(resource => {
    return Object.getOwnPropertyNames(Object.getPrototypeOf(Reflect.get(client, resource)))
      .filter(name => name !== 'constructor' && !name.startsWith('_'))
      .map(method => `${resource}.${method}`)
  })
}

/** The same client; each call that brings an answer is added to `calls`. */
export function recorded<Client extends object>(name: string, client: Client, calls: Call[]): Client {
  const resources = new Set(resourcesOf(client))
  return new Proxy(client, {
    get(target, resource) {
      const value: unknown = Reflect.get(target, resource)
      if (typeof resource !== 'string' || !resources.has(resource)) return value
      return recordedResource(value as object, (method, answer) =>
        calls.push({ client: name, resource, method, answer }),
      )
    },
  })
}

export function namesOf(calls: readonly Call[], client: string): Set<string> {
  const mine = calls.filter(call => call.client === client)
  return new Set(mine.map(({ resource, method }) => `${resource}.${method}`))
}

function recordedResource(resource: object, record: (method: string, answer: unknown) => void): object {
  return new Proxy(resource, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return (...given: unknown[]) => {
        // The client's own promise is handed on: it has a method besides those of a promise.
        const answer: PromiseLike<unknown> = Reflect.apply(value, target, given)
        answer.then(
          body => record(name, body),
          () => {},
        )
        return answer
      }
    },
  })
}

/** The getters of the client's class. */
function resourcesOf(client: object): string[] {
  const members = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client)))
  return members.filter(([, { get }]) => get !== undefined).map(([name]) => name)
}
