import { describe, expect, test } from 'vitest'
import { problemsOfPlugin } from '../../../daemon/schemas/plugin.ts'
import { plugins } from '../../../plugins/index.ts'
import notebook from '../../support/example-plugin.ts'

function refuse(): never {
  throw new TypeError('a mistake')
}

describe('the shape of a plugin', () => {
  test.each([...plugins, notebook].map(plugin => [plugin.id, plugin] as const))('%s has it', (_id, plugin) => {
    expect(problemsOfPlugin(plugin)).toEqual([])
  })

  const [source] = notebook.sources
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'the plugin is missing: give an object'],
    ['a function', () => notebook, 'the plugin must be an object'],
    ['no auth', { ...notebook, auth: undefined }, 'auth is missing: give an object'],
    [
      'no way to refresh',
      { ...notebook, auth: { ...notebook.auth, readTokens: 1 } },
      'auth.readTokens must be a function',
    ],
    [
      'no way to sign in',
      { ...notebook, auth: { ...notebook.auth, authorizeUrl: undefined } },
      'auth.authorizeUrl is missing: give a function',
    ],
    [
      'no word on PKCE',
      { ...notebook, auth: { ...notebook.auth, usesPkce: true } },
      'auth.usesPkce must be a function',
    ],
    [
      'no way to trade a code',
      { ...notebook, auth: { ...notebook.auth, codeRequest: 1 } },
      'auth.codeRequest must be a function',
    ],
    [
      'no way to read what a code brings',
      { ...notebook, auth: { ...notebook.auth, readGrant: 1 } },
      'auth.readGrant must be a function',
    ],
    ['a guide that begins nowhere', withGuide({ url: undefined }), 'clientGuide.url is missing: give a string'],
    [
      'a guide to a page that others can change',
      withGuide({ url: 'http://a.example' }),
      'clientGuide.url must begin with https://',
    ],
    ['a guide without steps', withGuide({ steps: [] }), 'clientGuide.steps must be at least 1 items'],
    ['a guide with more', withGuide({ hints: [] }), 'clientGuide.hints "hints" is not known here'],
    ['no token endpoint', { ...notebook, endpoints: { api: 'https://a.example' } }, 'endpoints has no token'],
    ['no sources', { ...notebook, sources: [] }, 'sources must be at least 1 items'],
    [
      'a source that does not sync',
      { ...notebook, sources: [{ ...source, sync: undefined }] },
      'sources.0.sync is missing',
    ],
    [
      'a name in capitals',
      { ...notebook, sources: [{ ...source, shortName: 'Notes' }] },
      'sources.0.shortName takes small',
    ],
    ['a slip of the pen', { ...notebook, clasify: () => undefined }, 'did you mean "classify"?'],
    ['a field of no type', withField({ type: 'text' }), 'sources.0.configFields.0.type must be one of string'],
    ['origins that throw', { ...notebook, origins: refuse }, 'origins must answer URLs'],
    ['an origin in clear', { ...notebook, origins: () => ['http://notes.example'] }, 'begin with https://'],
    ['no origins', { ...notebook, origins: () => [] }, 'at least one URL'],
  ])('is missed by %s, and told', (_what, value, problem) => {
    expect(problemsOfPlugin(value).join('\n')).toContain(problem)
  })

  function withGuide(changes: object) {
    return { ...notebook, clientGuide: { url: 'https://a.example', steps: ['Ask for a client.'], ...changes } }
  }

  function withField(changes: object) {
    const [field] = source?.configFields ?? []
    return { ...notebook, sources: [{ ...source, configFields: [{ ...field, ...changes }] }] }
  }
})
