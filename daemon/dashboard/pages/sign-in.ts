import { errorSummary, type Filled, input } from '../form.ts'
import { type Html, html, icon } from '../html.ts'
import { page } from '../layout.ts'

/** For who comes without a session. */
export function signInForm(filled: Filled): Html {
  const content = html`<div class="narrow">
<h1>Sign in</h1>
${errorSummary(filled)}
<section class="card" aria-labelledby="by-link">
<h2 id="by-link">${icon('key')}With a link</h2>
<p>inlet prints a link when it starts. Each works once, within half an hour. For a new one, run this where inlet runs:</p>
<div class="copy"><code id="command">npx inlet dashboard</code><button type="button" class="plain" data-copy="command" hidden>Copy</button></div>
<p>In a checkout of inlet:</p>
<div class="copy"><code id="checkout-command">npm run --silent inlet -- dashboard</code><button type="button" class="plain" data-copy="checkout-command" hidden>Copy</button></div>
</section>
<section class="card" aria-labelledby="by-key">
<h2 id="by-key">${icon('lock')}With the API key</h2>
<p>It is in the file <code>api-key</code> in the data folder.</p>
<form method="post" action="/sign-in">
${input({ name: 'key', title: 'API key', type: 'password', required: true, filled })}
<div class="actions"><button class="primary">Sign in</button></div>
</form>
</section>
</div>`
  return page({ title: 'Sign in', isOutside: true, content })
}
