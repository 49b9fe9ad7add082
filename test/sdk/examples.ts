/** The examples in the clients' own documents, as they are printed there but for the ids that they leave open. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AirweaveSDKClient as FirstClient } from 'sdk1'
import { AirweaveSDKClient as TodaysClient } from 'sdk7'
import { beforeAll, describe, expect, it } from 'vitest'
import { connect, type TestDaemon } from '../daemon/harness.ts'
import { readBlocks } from '../support/readme.ts'
import { methodsOf } from './recorder.ts'
import type { Subject } from './subject.ts'

let daemon: TestDaemon

/** Where the package is that npm installed under another name. */
const folderOf = (alias: string) => dirname(createRequire(import.meta.url).resolve(`${alias}/package.json`))

/** TypeScript blocks of a document of the package. */
function blocksOf(alias: string, document: string): string[] {
  const blocks = readBlocks(readFileSync(join(folderOf(alias), document), 'utf8'))
  return blocks.filter(({ language }) => language === 'typescript').map(({ text }) => text)
}

/** Runs a program in a folder where the package is installed under its own name. @returns what it prints */
async function run(alias: string, program: string, env: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-program-'))
  try {
    await mkdir(join(folder, 'node_modules', '@airweave'), { recursive: true })
    await symlink(folderOf(alias), join(folder, 'node_modules', '@airweave', 'sdk'))
    await writeFile(join(folder, 'program.mjs'), program)
    return (await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder, env })).stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Example {
  alias: string
  method: string
  text: string
}

const aliases = { sdk1: FirstClient, sdk7: TodaysClient }
const examples = Object.keys(aliases).flatMap(alias =>
  blocksOf(alias, 'reference.md').map((text): Example => {
    const [, method = ''] = /^await client\.([\w.]+)\(/.exec(text) ?? []
    return { alias, method, text }
  }),
)

/** Those that cannot succeed as they are printed, for good reasons. */
const refused: Readonly<Record<string, number>> = {
  // Its filter names a member and asks nothing of it.
  'collections.searchCollectionAdvanced': 422,
  'sourceConnections.cancelSourceConnectionJob': 409,
  'sourceConnections.cancelJob': 409,
  // No provider gave that code.
  'whiteLabels.exchangeWhiteLabelOauth2CodeWhiteLabelsWhiteLabelIdOauth2CodeOptions': 400,
}

/** Those of their READMEs and references, and the one in the README of inlet. */
export function examplePromises(subject: Subject): void {
  beforeAll(() => {
    daemon = subject.daemon
  })

  it.each(['sdk1', 'sdk7'])('the quick start in the README of %s runs with another key and address', async alias => {
    const [quickStart = ''] = blocksOf(alias, 'README.md')
    const ours = `apiKey: ${JSON.stringify(daemon.key)}, environment: ${JSON.stringify(daemon.url)}`
    const program = quickStart.replace('apiKey: "YOUR_API_KEY"', ours)
    expect(program).toContain('from "@airweave/sdk"')
    expect(program).toContain(ours)
    await run(alias, program)
    const made = await daemon.ask('DELETE', '/collections/finance-data-reports')
    expect([made.status, made.body]).toMatchObject([200, { name: 'Finance Data' }])
  })

  it("the program in inlet's README finds what there is", async () => {
    daemon.slack.post('C00000001', 'A recipe for bread')
    await daemon.ask('POST', '/collections', { body: { name: 'My life', readable_id: 'my-life' } })
    await connect(daemon, { collection: 'my-life' })
    const [block] = readBlocks().filter(({ text }) => text.includes("from '@airweave/sdk'"))
    const program = block?.text.replace('AirweaveSDKEnvironment.Local', JSON.stringify(daemon.url)) ?? ''
    expect(program).toContain(daemon.url)
    expect(await run('sdk7', program, { KEY: daemon.key })).toMatch(/^slack .*A recipe for bread\n$/)
  })

  describe('the reference', () => {
    it.each(['sdk1', 'sdk7'] as const)('of %s has an example of every method', alias => {
      const client = new aliases[alias]({ apiKey: '' })
      const methods = examples.filter(example => example.alias === alias).map(({ method }) => method)
      expect(methods.sort()).toEqual(methodsOf(client).sort())
    })

    it.each(examples)('is answered as printed: $alias $method', async ({ alias, method, text }) => {
      const client = new aliases[alias as keyof typeof aliases]({ apiKey: daemon.key, environment: daemon.url })
      const code = await withIds(text)
      const example = new Function('client', `return ${code.replace(/^await /, '')}`)
      const outcome: unknown = await example(client).then(
        () => undefined,
        (error: unknown) => error,
      )
      const status = refused[method]
      if (status === undefined) expect(outcome).toBeUndefined()
      else expect(outcome).toMatchObject({ statusCode: status, body: { detail: expect.any(String) } })
    })
  })
}

/** The places that an example leaves open, filled with what is made for it. */
async function withIds(text: string): Promise<string> {
  const create = async (path: string, body: object) => (await daemon.ask('POST', path, { body })).body as { id: string }
  const label = { name: 'Label', source_short_name: 'slack', redirect_url: 'https://a.example', allowed_origins: '' }
  const makers: Record<string, () => Promise<Record<string, unknown>>> = {
    source_connection_id: async () => {
      const { id, latest_sync_job_id: job } = await connect(daemon)
      return { source_connection_id: id, job_id: job }
    },
    collection: async () => {
      const { readable_id: name } = (await create('/collections', { name: 'Example' })) as { readable_id?: string }
      return { readable_id: name, readable_collection_id: name, collection: name }
    },
    white_label_id: async () => {
      const { id } = await create('/white-labels', { ...label, client_id: 'client', client_secret: 'client-secret' })
      return { white_label_id: id }
    },
  }
  await daemon.ask('DELETE', '/collections/finance-data-reports')
  const made = Object.entries(makers).map(([name, make]) => (text.includes(name) ? make() : {}))
  const places = Object.assign({ short_name: 'slack', stripe: 'slack' }, ...(await Promise.all(made)))
  return Object.entries(places).reduce(
    (filled, [name, value]) => filled.replaceAll(`"${name}"`, JSON.stringify(value)),
    text,
  )
}
