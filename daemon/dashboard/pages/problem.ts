import type { ProblemBody } from '../../schemas/common.ts'
import { type Html, html } from '../html.ts'
import { page } from '../layout.ts'
import { sentence } from '../words.ts'

/** What went wrong, for a browser that a person looks at. */
export function problemHtml({ title, detail, status }: ProblemBody): Html {
  const isForeign = status === 403
  const content = html`<div class="narrow welcome">
<p class="quiet">${status}</p>
<h1>${title}</h1>
<p class="lead">${isForeign ? 'Another page led here, and inlet answers none but its own.' : sentence(detail)}</p>
<p><a class="button primary" href="/">${isForeign ? 'Open the dashboard' : 'Go to your connections'}</a></p>
</div>`
  return page({ title, content })
}
