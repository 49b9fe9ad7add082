/** How a sign-in at a provider ended, for the person who comes back from there. */
import { Failure } from '../../core/errors.ts'
import type { SignInOutcome } from '../../core/inlet.ts'
import { type Html, html, icon, type Part } from './html.ts'
import { page } from './layout.ts'
import { sentence } from './words.ts'

export function signInPage(outcome: SignInOutcome | Failure): Html {
  if (outcome instanceof Failure) return failedPage(outcome)
  const { connection } = outcome
  const link = html`<a class="button primary" href="/connections/${connection.id}">Open ${connection.name}</a>`
  switch (outcome.result) {
    case 'connected': {
      const account = connection.account ? html`<p>The account is <b>${connection.account.name}</b>.</p>` : ''
      const next = outcome.isNew ? 'Its first sync has begun.' : 'It goes on where it stopped, and syncs now.'
      return result(
        'You are signed in',
        'good',
        html`<p class="lead">${connection.name} is connected. ${next}</p>${account}`,
        link,
      )
    }
    case 'discarded': {
      const text = html`<p class="lead">Nothing was changed: ${connection.name} stays as it was.</p>`
      return result('The sign-in was dropped', 'info', text, link)
    }
    case 'other_account': {
      const { expected, actual, decision } = outcome
      const text = html`<p class="lead"><b>${connection.name}</b> holds the data of <b>${expected.name}</b>, but <b>${actual.name}</b> signed in. So that the two are never mixed, nothing was changed yet.</p>
<form method="post" action="/source-connections/callback/decision">
<input type="hidden" name="decision" value="${decision}">
<div class="choices">
<div><button class="primary" name="choice" value="separate">Connect ${actual.name} separately</button>
<p class="hint">A second connection with data of its own. ${connection.name} stays as it is.</p></div>
<div><button class="plain" name="choice" value="discard">Drop this sign-in</button>
<p class="hint">Then sign in again as ${expected.name}.</p></div>
</div>
</form>`
      return result('Another account signed in', 'bad', text, '')
    }
  }
}

interface Words {
  title: string
  advice: string
}

const byProblem: Readonly<Record<string, Words>> = {
  'unknown-state': {
    title: 'This sign-in was not begun here',
    advice:
      'It was begun in another browser, or before inlet was started again, or somebody sent you the link. Nothing was changed. Begin it again in this browser.',
  },
  'sign-in-over': {
    title: 'This sign-in is over',
    advice: 'Each works once, within twenty minutes. If it was finished already, all is well; else begin it again.',
  },
  'sign-in-refused': {
    title: 'The sign-in was refused',
    advice: 'Nothing was changed. If that was not what you wanted, begin it again and allow what the provider asks.',
  },
  'client-missing': {
    title: 'There is no OAuth client to sign in with',
    advice: 'Begin again from the source’s page: it says, step by step, how to create one.',
  },
}

const byCode: Readonly<Record<string, Words>> = {
  scope_missing: {
    title: 'Something was not allowed',
    advice: 'The source needs all that was asked for. Sign in again, and leave every box ticked.',
  },
  client_invalid: {
    title: 'The provider refuses the OAuth client',
    advice:
      'Check the client ID and the client secret at the provider, and that the redirect address is registered there exactly; then begin again with them.',
  },
  token_revoked: {
    title: 'The provider did not take the sign-in',
    advice: 'Its code may have expired or been used before. Begin the sign-in again.',
  },
  offline: {
    title: 'The provider could not be reached',
    advice: 'Check whether this machine is online, then begin the sign-in again.',
  },
  unavailable: { title: 'The provider is in trouble', advice: 'Nothing was changed. Begin the sign-in again later.' },
  rate_limited: { title: 'The provider asks us to wait', advice: 'Wait a few minutes, then begin the sign-in again.' },
  vault_locked: {
    title: 'The vault is locked',
    advice: 'Unlock it with “npx inlet vault unlock”, then reload this page or begin the sign-in again.',
  },
}

const otherwise: Words = {
  title: 'The sign-in did not work',
  advice: 'Nothing was changed. Begin it again; if it fails once more, the log of inlet says more.',
}

function failedPage(failure: Failure): Html {
  const { title, advice } = byProblem[failure.problem ?? ''] ?? byCode[failure.code] ?? otherwise
  const said = sentence(failure.message)
  const code = failure.providerError === undefined ? '' : html` <span class="quiet">(${failure.providerError})</span>`
  const again = failure.connectionId === undefined ? '/connect' : `/connections/${failure.connectionId}/sign-in`
  const text = html`<p class="lead">${advice}</p><p class="quiet">${said}${code}</p>`
  const links = html`<a class="button primary" href="${again}">Begin again</a> <a class="button plain" href="/">Your connections</a>`
  return result(title, 'bad', text, links)
}

function result(title: string, kind: 'good' | 'bad' | 'info', text: Part, links: Part): Html {
  const picture = { good: 'healthy', bad: 'trouble', info: 'stopped' } as const
  const content = html`<div class="narrow welcome result ${kind}">
${icon(picture[kind])}
<h1>${title}</h1>
${text}
<div class="actions">${links}</div>
</div>`
  return page({ title, content })
}
