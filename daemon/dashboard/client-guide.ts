/** How a person gets an OAuth client at a provider, and the form that takes it. */
import type { SourceInfo } from '../../core/inlet.ts'
import type { Field } from '../../core/plugin.ts'
import { type Filled, fieldInput, input } from './form.ts'
import { type Html, html, icon, type Part } from './html.ts'

const standardNames = ['access_token', 'refresh_token', 'client_id', 'client_secret', 'expires_at']

/** Auth fields that a sign-in needs besides a client, such as Microsoft's `tenant`. */
export function extraFields({ authFields }: SourceInfo): Field[] {
  return authFields.filter(({ name }) => !standardNames.includes(name))
}

/** @param redirect the exact address of our callback */
export function clientForm(info: SourceInfo, redirect: string, filled: Filled): Html {
  return html`${clientGuide(info, redirect)}
${input({ name: 'client.client_id', title: 'Client ID', filled })}
${input({
  ...{ name: 'client.client_secret', title: 'Client secret', type: 'password', filled },
  description: 'Leave it blank for a client that has none.',
})}
${extraFields(info).map(field => fieldInput(field, 'client', filled))}
<details${filled.errors['client.redirect_uri'] === undefined ? '' : html` open`}>
<summary>Another redirect address</summary>
${input({
  ...{ name: 'client.redirect_uri', title: 'Redirect address', type: 'url', filled, placeholder: redirect },
  description:
    'Only where the provider does not take the one above. You then paste the address that the browser ends at.',
})}
</details>`
}

function clientGuide({ plugin, source }: SourceInfo, redirect: string): Html {
  const { clientGuide: guide } = plugin
  const address = html`<p>The redirect address to register there:</p>
<div class="copy"><code id="redirect">${redirect}</code><button type="button" class="plain" data-copy="redirect" hidden>Copy</button></div>`
  if (!guide) return html`<p>You need an OAuth client of your own at ${plugin.title}.</p>${address}`
  const warnings = guide.warnings ?? []
  return html`<p>Signing in needs an OAuth client of your own at ${plugin.title}, once: it takes a few minutes.</p>
${address}
<details class="guide" open>
<summary>How to create the client</summary>
<p><a href="${guide.url}" target="_blank" rel="noreferrer noopener">Open ${new URL(guide.url).host}${icon('external')}<span class="unseen">(in a new tab)</span></a></p>
<ol>${guide.steps.map(step => html`<li>${filledStep(step, redirect, source.scopes)}</li>`)}</ol>
${warnings.length === 0 ? '' : html`<p><strong>Good to know</strong></p><ul>${warnings.map(warning => html`<li>${filledStep(warning, redirect, source.scopes)}</li>`)}</ul>`}
</details>`
}

/** The provider's own words stand out, as do the values to copy. */
function filledStep(step: string, redirect: string, scopes: readonly string[]): Part[] {
  return step.split(/(\{redirect\}|\{scopes\}|"[^"]+")/).map((piece): Part => {
    if (piece === '{redirect}') return html`<code>${redirect}</code>`
    if (piece === '{scopes}') return scopes.map((scope, index) => html`${index === 0 ? '' : ', '}<code>${scope}</code>`)
    return piece.startsWith('"') ? html`<b>${piece.slice(1, -1)}</b>` : piece
  })
}
