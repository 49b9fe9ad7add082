interface NodeLike {
  env?: Readonly<Record<string, string | undefined>>
  getBuiltinModule?(name: 'node:fs/promises'): { readFile(path: string, encoding: 'utf8'): Promise<string> } | undefined
}

/** What there is of Node: nothing in a browser, where this must load as well. */
const node = (): NodeLike | undefined => (globalThis as { process?: NodeLike }).process

/** The key that `INLET_API_KEY` gives, where there is an environment. */
export function apiKeyFromEnvironment(): string | undefined {
  return node()?.env?.INLET_API_KEY
}

/**
 * The key in a file, such as `api-key` in the data folder; read for each request, so that a new key is used at once.
 * For `apiKey` in the client's options, on Node.
 */
export function apiKeyFromFile(path: string): () => Promise<string> {
  return async () => {
    const files = node()?.getBuiltinModule?.('node:fs/promises')
    if (!files) throw new TypeError('files can be read on Node alone: give the API key itself')
    return (await files.readFile(path, 'utf8')).trim()
  }
}
