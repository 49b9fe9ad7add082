/** How a person gets an OAuth client of their own: each plugin says it, for the dashboard and the README alike. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ClientGuide, Plugin } from '../core/plugin.ts'
import { loadConfig } from '../daemon/config.ts'
import { plugins } from '../plugins/index.ts'
import { readBlocks, readme } from './support/readme.ts'

const redirect = 'http://localhost:8001/source-connections/callback'

function guideOf({ id, clientGuide }: Plugin): ClientGuide {
  if (!clientGuide) throw new Error(`${id} has no guide`)
  return clientGuide
}

function scopesOf({ sources }: Plugin): string[] {
  return sources.flatMap(({ scopes }) => scopes)
}

/** As the README writes it: what a page shows is in italics, what is entered is code. */
function markdownOf(plugin: Plugin): string {
  const { url, steps, warnings = [] } = guideOf(plugin)
  const scopes = scopesOf(plugin).map(scope => `\`${scope}\``)
  const written = (sentence: string) =>
    sentence
      .replaceAll(/"([^"]+)"/g, '_$1_')
      .replaceAll('{redirect}', `\`${redirect}\``)
      .replaceAll('{scopes}', scopes.join(', '))
  const numbered = steps.map((step, index) => `${index + 1}. ${written(step)}`)
  const listed = warnings.map(warning => `- ${written(warning)}`)
  return [`### ${plugin.title}`, `At <${url}>:`, numbered.join('\n'), 'Good to know:', listed.join('\n'), ''].join(
    '\n\n',
  )
}

describe.each(plugins.map(plugin => [plugin.id, plugin] as const))(
  'the guide to an OAuth client of %s',
  (_id, plugin) => {
    it('begins at a page of the provider, over https', () => {
      expect(new URL(guideOf(plugin).url).protocol).toBe('https:')
    })

    it('has places for the redirect address and the scopes, and no others', () => {
      const { steps, warnings = [] } = guideOf(plugin)
      const places = (sentences: readonly string[]) => sentences.join('\n').match(/[{}][^{}]*[{}]?/g) ?? []
      const expected = scopesOf(plugin).length > 0 ? ['{redirect}', '{scopes}'] : ['{redirect}']
      expect([...places(steps)].sort()).toEqual(expected)
      expect(places(warnings)).toEqual([])
    })

    it('is made of whole sentences, whose quotation marks come in pairs', () => {
      const { steps, warnings = [] } = guideOf(plugin)
      expect(steps.length).toBeGreaterThan(3)
      for (const sentence of [...steps, ...warnings]) {
        expect(sentence).toMatch(/^[A-Z][^\n]+\.$/)
        expect(sentence.split('"').length % 2, sentence).toBe(1)
      }
    })

    it('is in the README, word by word', () => {
      expect(readme()).toContain(markdownOf(plugin))
    })
  },
)

describe('the configuration in "Your own OAuth client"', () => {
  it('is taken as it stands, and gives no secret to public clients', async () => {
    const [, section = ''] = readme().split('\n## Your own OAuth client\n')
    const [block] = readBlocks(section.split('\n## ')[0]).filter(({ language }) => language === 'json')
    const folder = await mkdtemp(join(tmpdir(), 'inlet-client-config-'))
    try {
      await writeFile(join(folder, 'config.json'), block?.text ?? '')
      const environment = Object.fromEntries(
        [...(block?.text ?? '').matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, `the ${name}`]),
      )
      const { providers } = loadConfig({ environment, folder, families: plugins.map(({ id }) => ({ id })) })
      expect(Object.keys(providers).sort()).toEqual(plugins.map(({ id }) => id).sort())
      const isPublic = (id: string) => id === 'microsoft' || id === 'slack'
      for (const [id, provider] of Object.entries(providers)) {
        const secret = isPublic(id) ? {} : { clientSecret: `the ${id.toUpperCase()}_CLIENT_SECRET` }
        expect(provider).toEqual({ clientId: `the ${id.toUpperCase()}_CLIENT_ID`, ...secret })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
