import type { SourceInfo, VaultStatus } from '../../../core/inlet.ts'
import { type Html, html } from '../html.ts'
import { page } from '../layout.ts'
import { action, badge, facts } from '../parts.ts'
import { count, sentence } from '../words.ts'

export interface SettingsPage {
  vault: VaultStatus
  version: string
  origin: string
  sources: readonly SourceInfo[]
  hasClient(pluginId: string): boolean
}

export function settingsPage({ vault, version, origin, sources, hasClient }: SettingsPage): Html {
  const families = [...new Map(sources.map(({ plugin }) => [plugin.id, plugin])).values()]
  const content = html`<h1>Settings</h1>
<section class="card" aria-labelledby="vault">
<h2 id="vault">Vault</h2>
<p>${
    vault.locked
      ? badge({ tone: 'bad', icon: 'lock', label: 'Locked' })
      : badge({ tone: 'good', icon: 'healthy', label: 'Open' })
  }</p>
${vault.lockedBecause ? html`<div class="trouble"><p><strong>${sentence(vault.lockedBecause)}</strong></p><p>Unlock it with <code>npx inlet vault unlock</code>.</p></div>` : ''}
${facts([
  ['Holds', count(vault.credentials, 'credential')],
  ['Does not open', count(vault.unreadable.length, 'credential')],
  ['Its key comes from', keySources[vault.key?.source ?? ''] ?? vault.key?.source ?? 'nowhere'],
])}
</section>
<section class="card" aria-labelledby="clients">
<h2 id="clients">OAuth clients in the configuration</h2>
${facts(families.map(({ id, title }) => [title, hasClient(id) ? 'configured' : 'none: asked for when you sign in'] as const))}
</section>
<section class="card" aria-labelledby="about">
<h2 id="about">About</h2>
${facts([
  ['Version', version],
  ['Address', origin],
])}
<p>Everything here can be done by other programs too: the <a href="/docs">API reference</a> has each request, to be read and tried.</p>
<div class="actions">${action('/sign-out', 'Sign out')}</div>
</section>`
  return page({ title: 'Settings', at: 'settings', content })
}

const keySources: Readonly<Record<string, string>> = {
  file: 'the data folder',
  environment: 'the environment',
  passphrase: 'a passphrase',
}
