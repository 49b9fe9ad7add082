/** The suite is worth what it finds: each of these mistakes, made on purpose, must fail at least one promise. */
import { afterAll, describe, expect, test } from 'vitest'
import type { Api, Change, Plugin, Source } from '../../core/plugin.ts'
import type { RunApi } from '../../core/run-api.ts'
import type { Vault } from '../../core/vault/index.ts'
import notebook from '../support/example-plugin.ts'
import { startNotebook } from '../support/fake-notebook.ts'
import { runCase, sourceCases } from '../support/source-suite/index.ts'
import { foreignOrigin } from '../support/source-suite/wire.ts'
import { openWorkbench, type Parts, realParts, type Workbench } from '../support/source-suite/workbench.ts'

interface Mutant {
  plugin?: Plugin
  parts?: Partial<Parts>
  /** Promises that it must break; that it breaks no other is not asked. */
  breaks: RegExp
}

const mutants: Record<string, Mutant> = {
  'a checkpoint before its batch': { plugin: changed(checkpointFirst), breaks: /killed after any of its writes/ },
  'an empty page taken for the last one': {
    parts: { createApi: stopAtEmptyPage },
    breaks: /empty page is not the last/,
  },
  'a link followed to a foreign host': { parts: { createApi: trustEveryHost }, breaks: /never gets the token/ },
  'a sweep in spite of a skip': { parts: { drain: forgetSkips }, breaks: /could not be read is kept/ },
  'a refresh token dropped where the answer has none': {
    parts: { createTokens: dropOmitted },
    breaks: /refresh token is kept/,
  },
  'a page that fails taken for the last one': {
    parts: { createApi: stopAtFailure },
    breaks: /listing over a full store fails/,
  },
  'a page token followed again and again': { parts: { createApi: followRepeated }, breaks: /token that comes again/ },
  'a filter that holds in the listing alone': { plugin: changed(filterListingOnly), breaks: /holds in a listing and/ },
  'a deletion that is not followed': { plugin: changed(ignoreRemovals), breaks: /is followed exactly/ },
  'a time of reading in raw': { plugin: changed(stampReading), breaks: /finds everything as it was/ },
  'a forgotten cursor that ends the sync': {
    plugin: { ...notebook, classify: () => undefined },
    breaks: /has forgotten heals/,
  },
}

let workbench: Promise<Workbench> | undefined
afterAll(async () => (await workbench)?.close())

describe('the suite finds', () => {
  for (const [name, { plugin = notebook, parts = {}, breaks }] of Object.entries(mutants)) {
    test(name, async () => {
      workbench ??= openWorkbench()
      const bench = await workbench
      const options = { plugin, shortName: 'notebook', start: startNotebook, thorough: true }
      const cases = sourceCases.filter(({ name: promise }) => breaks.test(promise))
      expect(cases.length).toBe(1)
      for (const promise of cases) {
        await expect(runCase(promise, options, bench, { ...realParts, ...parts })).rejects.toThrow()
        await runCase(promise, { ...options, plugin: notebook }, bench)
      }
    })
  }
})

/** The example with a source that yields something else. */
function changed(mutate: (changes: AsyncIterable<Change>, cursor: unknown) => AsyncGenerator<Change>): Plugin {
  const sources = notebook.sources.map(
    (source): Source => ({
      ...source,
      sync: (context, cursor) => mutate(source.sync(context, cursor as never), cursor),
    }),
  )
  return { ...notebook, sources }
}

async function* checkpointFirst(changes: AsyncIterable<Change>): AsyncGenerator<Change> {
  let held: Change[] = []
  for await (const change of changes) {
    if (change.type !== 'checkpoint') held.push(change)
    else {
      yield change
      // More than a batch holds, so that the checkpoint is on the disk before what it promises.
      for (const late of held) yield late
      held = []
    }
  }
  yield* held
}

async function* filterListingOnly(changes: AsyncIterable<Change>, cursor: unknown): AsyncGenerator<Change> {
  for await (const change of changes) {
    if (cursor === undefined || change.type !== 'remove') yield change
  }
}

async function* ignoreRemovals(changes: AsyncIterable<Change>): AsyncGenerator<Change> {
  for await (const change of changes) if (change.type !== 'remove') yield change
}

let readings = 0

async function* stampReading(changes: AsyncIterable<Change>): AsyncGenerator<Change> {
  for await (const change of changes) {
    if (change.type !== 'upsert') yield change
    else yield { type: 'upsert', entity: { ...change.entity, raw: { ...change.entity.raw, read: readings++ } } }
  }
}

function withPages(pages: (api: Api) => Api['pages']): Parts['createApi'] {
  return options => {
    const api = realParts.createApi(options)
    return { ...api, pages: pages(api) }
  }
}

function stopAtEmptyPage(options: Parameters<Parts['createApi']>[0]): RunApi {
  return withPages(
    api =>
      async function* (url, request) {
        for await (const page of api.pages(url, request)) {
          yield page
          if (Object.values(page as object).some(value => Array.isArray(value) && value.length === 0)) return
        }
      } as Api['pages'],
  )(options)
}

function stopAtFailure(options: Parameters<Parts['createApi']>[0]): RunApi {
  return withPages(
    api =>
      async function* (url, request) {
        try {
          yield* api.pages(url, request)
        } catch {
          // As if that had been all.
        }
      } as Api['pages'],
  )(options)
}

function followRepeated(options: Parameters<Parts['createApi']>[0]): RunApi {
  return withPages(
    api =>
      async function* (url, { next, parameter = '', ...request }) {
        for (let token: string | null | undefined; ; ) {
          const query = { ...request.query, [parameter]: token ?? undefined }
          const page = await api.get(url, { ...request, query })
          yield page
          token = next(page as never)
          if (!token) return
        }
      } as Api['pages'],
  )(options)
}

/** Whatever host a link or redirect names gets the token, too. */
function trustEveryHost(options: Parameters<Parts['createApi']>[0]): RunApi {
  const { plugin } = options
  const origins: Plugin['origins'] = endpoints => [...plugin.origins(endpoints), foreignOrigin]
  return realParts.createApi({ ...options, plugin: { ...plugin, origins } })
}

function forgetSkips(...[store, content, clock, input]: Parameters<Parts['drain']>): ReturnType<Parts['drain']> {
  const { source } = input
  const careless: Source = { ...source, sync: (context, cursor) => source.sync({ ...context, skip() {} }, cursor) }
  return realParts.drain(store, content, clock, { ...input, source: careless })
}

function dropOmitted(options: Parameters<Parts['createTokens']>[0]): ReturnType<Parts['createTokens']> {
  const { vault } = options
  const careless: Vault = Object.create(vault, {
    put: {
      async value(...[id, credential, put]: Parameters<Vault['put']>) {
        const stored = await vault.get(id)
        const isKept = stored?.refreshToken?.reveal() === credential.refreshToken?.reveal()
        const isNew = stored?.generation !== credential.generation
        return vault.put(id, isKept && isNew ? { ...credential, refreshToken: undefined } : credential, put)
      },
    },
  })
  return realParts.createTokens({ ...options, vault: careless })
}
