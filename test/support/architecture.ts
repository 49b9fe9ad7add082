import { posix } from 'node:path'

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  path: string
  text: string
}

/** Who may import an infrastructure package. */
const importers: Readonly<Record<string, (path: string) => boolean>> = {
  'libsodium-wrappers': path => path.startsWith('core/vault/'),
  lowdb: path => path.startsWith('core/vault/'),
  'node:sqlite': path => path.startsWith('core/store/'),
  'node-cron': path => path === 'core/cron.ts',
  undici: path => ['core/transport.ts', 'core/http-exchange.ts', 'core/undici.ts'].includes(path),
  yauzl: path => path === 'core/content/office/zip.ts',
  numfmt: path => path === 'core/content/office/xlsx-formats.ts',
  unpdf: path => path === 'core/content/pdf/reader.ts',
  '@kenjiuno/msgreader': path => path === 'core/content/outlook.ts',
  '@kenjiuno/decompressrtf': path => path === 'core/content/outlook.ts',
  hono: isWeb,
  '@hono/node-server': isWeb,
  '@hono/zod-openapi': isWeb,
  '@modelcontextprotocol/server': path => path.startsWith('daemon/mcp/'),
}

/** Who may see a token in clear. */
const revealers = new Set([
  'core/secret.ts',
  'core/api.ts',
  'core/oauth.ts',
  'core/proxy.ts',
  'core/sign-in/exchange.ts',
  'core/token-exchange.ts',
  'core/webhooks/request.ts',
  // A named API key, in the one answer that shows it.
  'daemon/views/key.ts',
  // The secret of a webhook, in the two answers that show it.
  'daemon/views/webhook.ts',
])

/** What breaks the rules of the house, a sentence each. */
export function checkArchitecture(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => [...checkImports(file), ...checkGlobals(file)])
}

function isWeb(path: string): boolean {
  return /^daemon\/(server|listen|problems)\.ts$|^daemon\/(routes|schemas|dashboard|middleware)\//.test(path)
}

function checkImports({ path, text }: SourceFile): string[] {
  return importsOf(text).flatMap(specifier => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
    const problem = problemOfImport(path, target)
    return problem ? [`${path} imports ${target}: ${problem}`] : []
  })
}

function problemOfImport(path: string, target: string): string | undefined {
  const layer = path.split('/')[0]
  const family = /^plugins\/([^/]+)\//.exec(path)?.[1]
  if (layer === 'core' && /^(plugins|daemon|test)\//.test(target)) return 'core knows no other layer'
  if (/^(core|plugins|daemon)$/.test(layer ?? '') && target.startsWith('test/')) return 'tests are not shipped'
  if (path.startsWith('daemon/client/') && !target.startsWith('daemon/client/')) {
    return 'the client runs where nothing of inlet is, in browsers too'
  }
  if (family && target !== 'core/plugin.ts' && !target.startsWith(`plugins/${family}/`)) {
    return 'a plugin imports the contract and its own folder'
  }
  if (path === 'plugins/index.ts' && target !== 'core/plugin.ts' && !target.startsWith('plugins/')) {
    return 'the list of plugins imports plugins'
  }
  const name = packageOf(target)
  const allowed = name ? importers[name] : undefined
  return allowed && !allowed(path) ? `${name} has its own place` : undefined
}

function checkGlobals({ path, text }: SourceFile): string[] {
  const code = withoutComments(text)
  const found: string[] = []
  if (path.startsWith('plugins/') && /\b(fetch|XMLHttpRequest|WebSocket|process)\s*[.(]/.test(code)) {
    found.push(`${path} reaches around the contract`)
  }
  const isTimed = /^(core|plugins)\//.test(path) && path !== 'core/clock.ts'
  if (isTimed && /\bDate\.now\(\)|\bnew Date\(\)|\bperformance\.now\(\)|\bsetTimeout\(|\bsetInterval\(/.test(code)) {
    found.push(`${path} reads a clock that was not passed in`)
  }
  if (/^(core|plugins)\//.test(path) && /\bMath\.random\(\)/.test(code))
    found.push(`${path} takes chance that was not passed in`)
  if (/\.reveal\(\)/.test(code) && !revealers.has(path) && !path.startsWith('core/vault/')) {
    found.push(`${path} reveals a secret`)
  }
  return found
}

function importsOf(text: string): string[] {
  const code = withoutComments(text)
  const patterns = [
    /\bfrom\s+['"]([^'"]+)['"]/g,
    /\bimport\s+['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\brequire\(\s*['"]([^'"]+)['"]/g,
  ]
  return patterns.flatMap(pattern => [...code.matchAll(pattern)].map(match => match[1] ?? ''))
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function packageOf(target: string): string | undefined {
  if (target.startsWith('node:')) return target
  return /^(@[^/]+\/[^/]+|[^/.@][^/]*)/.exec(target)?.[0]
}
