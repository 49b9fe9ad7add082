import type { CollectionView, SignInStart, SourceInfo } from '../../../core/inlet.ts'
import { clientForm } from '../client-guide.ts'
import { errorSummary, type Filled, fieldInput, input, select } from '../form.ts'
import { type Html, html, icon, type Part } from '../html.ts'
import { page } from '../layout.ts'
import { scheduleInputs, type Timing } from '../schedule.ts'
import { exactly, scopeWords } from '../words.ts'

export function sourcesPage(sources: readonly SourceInfo[]): Html {
  const cards = sources.map(
    ({ source, plugin }) => html`<li><article class="card source">
<h2><a href="/connect/${source.shortName}">${source.title}</a></h2>
<p>${source.description}</p>
<p class="quiet">${plugin.title}</p>
</article></li>`,
  )
  const content = html`<h1>Connect a source</h1>
<p class="lead">What should flow into your store? inlet only ever reads, and everything stays on this machine.</p>
<ul class="cards">${cards}</ul>`
  return page({ title: 'Connect a source', at: 'connect', content })
}

export interface ConnectPage {
  info: SourceInfo
  collections: readonly CollectionView[]
  /** Whether the configuration names a client for the family. */
  hasClient: boolean
  redirect: string
  timing: Timing
  filled: Filled
  now: number
}

/**
 * Two ways side by side, one form: what is said of the connection holds for both. Enter presses the first button of a
 * form (WHATWG HTML, "implicit submission"), so that one is of neither way.
 */
export function connectPage(given: ConnectPage): Html {
  const { info, filled } = given
  const { source, plugin } = info
  const title = `Connect ${source.title}`
  const content = html`<p class="crumb"><a href="/connect">All sources</a></p>
<h1>${title}</h1>
<p class="lead">${source.description}</p>
${errorSummary(filled)}
<form method="post" action="/connect/${source.shortName}/token">
<button class="unseen" formaction="/connect/${source.shortName}" formnovalidate tabindex="-1" aria-hidden="true">Connect</button>
${options(given)}
<div class="ways">
<section class="card" aria-labelledby="browser">
<h2 id="browser">${icon('person')}Sign in with the browser</h2>
${browserWay(given)}
<div class="actions"><button class="primary" formaction="/connect/${source.shortName}/browser" formnovalidate>Sign in at ${plugin.title}</button></div>
</section>
<section class="card" aria-labelledby="paste">
<h2 id="paste">${icon('key')}Paste a token</h2>
<p>A token that you have already. It is tried at once, and kept sealed in the vault.</p>
${tokenInputs(info, filled)}
<div class="actions"><button class="primary">Connect with this token</button></div>
</section>
</div>
</form>`
  return page({ title, at: 'connect', content })
}

/** The fields of a credential: the first is what one needs, the others are for tokens that are to be renewed. */
export function tokenInputs({ authFields }: SourceInfo, filled: Filled): Html {
  const needed = authFields.filter(({ required }) => required)
  const others = authFields.filter(({ required }) => !required)
  const isOpen = others.some(
    ({ name }) => filled.errors[`auth.${name}`] !== undefined || filled.values.get(`auth.${name}`),
  )
  return html`${needed.map(field => fieldInput(field, 'auth', filled))}
<details${isOpen ? html` open` : ''}>
<summary>A refresh token, so that it lasts</summary>
${others.map(field => fieldInput(field, 'auth', filled))}
</details>`
}

function browserWay({ info, hasClient, redirect, filled }: ConnectPage): Html {
  const { plugin } = info
  if (!hasClient) return clientForm(info, redirect, filled)
  const isOpen = Object.keys(filled.errors).some(name => name.startsWith('client.'))
  return html`<p>You sign in at ${plugin.title}, and inlet keeps the sign-in alive. Nothing to copy.</p>
<details${isOpen ? html` open` : ''}>
<summary>Through another OAuth client than the configured one</summary>
${clientForm(info, redirect, filled)}
</details>`
}

const inOptions = /^(name|collection|new_collection|cron|timezone|config\..*)$/

function options({ info, collections, timing, filled, now }: ConnectPage): Html {
  const { source } = info
  const isOpen = Object.keys(filled.errors).some(name => inOptions.test(name))
  const names: Part = collections[0]?.name ?? 'My data'
  const choices = [
    ...collections.map(({ readableId, name }) => ({ value: readableId, title: name })),
    { value: '', title: 'A new collection' },
  ]
  return html`<details class="card options"${isOpen ? html` open` : ''}>
<summary><b>Options</b> <span class="quiet">Name, collection, schedule${source.configFields.length > 0 ? ', and what to bring in' : ''}. Without a change: into “${names}”, every hour.</span></summary>
<div class="columns">
<fieldset>
<legend>The connection</legend>
${input({ name: 'name', title: 'Name', filled, value: source.title })}
<div class="collection">
${select(
  {
    ...{ name: 'collection', title: 'Collection', filled, value: collections[0]?.readableId ?? '' },
    description: 'What is searched together.',
  },
  choices,
)}
<div class="own">${input({ name: 'new_collection', title: 'Name of the new collection', filled, value: 'My data' })}</div>
</div>
${scheduleInputs(filled, timing, now)}
</fieldset>
${
  source.configFields.length === 0
    ? ''
    : html`<fieldset>
<legend>What to bring in</legend>
${source.configFields.map(field => fieldInput(field, 'config', filled))}
</fieldset>`
}
</div>
</details>`
}

/** On to the provider: a link, since no form may lead to another origin. */
export function continuePage({ info, start }: { info: SourceInfo; start: SignInStart }): Html {
  const { plugin, source } = info
  const title = `Continue to ${plugin.title}`
  const content = html`<div class="narrow">
<h1>${title}</h1>
<p class="lead">${plugin.title} asks you to sign in, and whether inlet may read your data. Then it sends you back here.</p>
<section class="card" aria-labelledby="asked">
<h2 id="asked">What is asked for</h2>
<p>${source.description} inlet only reads, and never changes anything there.</p>
<ul>${source.scopes.map(scope => html`<li>${scopeWords(scope)} <span class="quiet"><code>${scope}</code></span></li>`)}</ul>
<div class="actions"><a class="button primary large" href="${start.url}" rel="noreferrer">${title}${icon('external')}</a></div>
<p class="quiet">Until ${exactly(start.expiresAt)}; after that, begin again.</p>
</section>
${pasteSection({ values: new URLSearchParams(), errors: {} })}
</div>`
  return page({ title, at: 'connect', content })
}

/** For a browser that could not come back, as one on another machine. */
export function pasteSection(filled: Filled): Html {
  return html`<section class="card" aria-labelledby="pasted">
<h2 id="pasted">Did the browser not come back?</h2>
<p>Where it ends at a page that cannot be shown, copy the whole address from its address bar, and paste it here.</p>
<form method="post" action="/source-connections/callback/pasted">
${input({ name: 'address', title: 'Address that the browser ended at', filled, required: true })}
<div class="actions"><button class="plain">Finish the sign-in</button></div>
</form>
</section>`
}

export function pastePage(filled: Filled): Html {
  const content = html`<div class="narrow"><h1>Finish the sign-in</h1>${pasteSection(filled)}</div>`
  return page({ title: 'Finish the sign-in', at: 'connect', content })
}
