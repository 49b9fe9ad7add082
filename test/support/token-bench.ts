/** Everything `createTokens` needs, with the real vault on a disk in memory, a clock that is told, and a fake endpoint. */
import { randomUUID } from 'node:crypto'
import type { Log } from '../../core/log.ts'
import { oauth2, type Plugin, type Source } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import { createTokens, type TokenConnection, type TokenOptions, type Tokens } from '../../core/tokens.ts'
import type { Credential, Vault } from '../../core/vault/index.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { type FakeTokenEndpoint, fakeTokenEndpoint } from './fake-token-endpoint.ts'
import { type MemoryFiles, memoryFiles } from './memory-files.ts'
import { credential, open } from './vault-folder.ts'

export interface TokenBench {
  clock: FakeClock
  endpoint: FakeTokenEndpoint
  disk: MemoryFiles
  vault: Vault
  tokens: Tokens
  connection: TokenConnection
  /** Everything that was logged, with level. */
  logged: { level: string; fields: object; message: string }[]
  /** Credentials that `changed` was told of. */
  changes: Credential[]
  stored(): Promise<Credential>
  /** The process is gone; a new one starts on the same disk. Answers on their way arrive nowhere. */
  restart(): Promise<void>
}

export interface BenchOptions {
  singleUse?: boolean
  credential?: Partial<Credential>
  client?: TokenOptions['client']
  changed?: TokenOptions['changed']
}

const client = () => ({ clientId: 'configured', clientSecret: new Secret('configured-secret') })

export async function tokenBench(options: BenchOptions = {}): Promise<TokenBench> {
  const { singleUse = false } = options
  const clock = fakeClock()
  const obtainedAt = new Date(clock.now()).toISOString()
  const expiresAt = new Date(clock.now() + 3_600_000).toISOString()
  const plugin = pluginWith(singleUse)
  const bench: TokenBench = {
    clock,
    endpoint: fakeTokenEndpoint({ singleUse }),
    logged: [],
    changes: [],
    connection: { id: randomUUID(), plugin, source: sourceOf(plugin), endpoints: plugin.endpoints },
    async stored() {
      const found = await bench.vault.get(bench.connection.id)
      if (!found) throw new Error('nothing is stored')
      return found
    },
    async restart() {
      bench.disk.before = () => {
        throw new Error('this process is gone')
      }
      const disk = bench.disk.afterPowerCut('least')
      Object.assign(bench, await start(disk))
    },
    ...(await start(memoryFiles())),
  }
  bench.endpoint.accessTokens.add('access-1')
  await bench.vault.put(bench.connection.id, credential(1, { obtainedAt, expiresAt, ...options.credential }))
  return bench

  async function start(disk: MemoryFiles): Promise<Pick<TokenBench, 'disk' | 'vault' | 'tokens'>> {
    const vault = await open('/data', { files: disk })
    const tokens = createTokens({
      vault,
      clock,
      log: recorder(line => bench.logged.push(line)),
      send: (request, signal) => bench.endpoint.send(request, signal),
      client: options.client ?? client,
      async changed(id, changed) {
        bench.changes.push(changed)
        await options.changed?.(id, changed)
      },
    })
    return { disk, vault, tokens }
  }
}

function recorder(write: (line: TokenBench['logged'][number]) => void): Log {
  const at = (level: string) => (fields: object, message: string) => write({ level, fields, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function pluginWith(singleUse: boolean): Plugin {
  return {
    id: 'test',
    title: 'Test provider',
    auth: oauth2({ repeatable: !singleUse }),
    endpoints: { api: 'https://api.example', token: 'https://login.example/token' },
    origins: endpoints => [endpoints.api ?? ''],
    sources: [
      {
        ...{ shortName: 'test', title: 'Test', description: 'Nothing.', labels: [], scopes: ['read'] },
        ...{ entityTypes: [], configFields: [] },
        identify: async () => ({ id: 'me', name: 'me' }),
        async *sync() {},
      },
    ],
  }
}

function sourceOf({ sources }: Plugin): Source {
  const [source] = sources
  if (!source) throw new Error('the plugin has no source')
  return source
}
