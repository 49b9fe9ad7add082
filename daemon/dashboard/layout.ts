import { type Html, html, type Part } from './html.ts'

export interface PageOptions {
  title: string
  /** Which entry of the navigation the page belongs to. */
  at?: 'connections' | 'connect' | 'search' | 'settings' | undefined
  /** Without a session there is nothing to navigate to. */
  isOutside?: boolean | undefined
  content: Part
}

const entries = [
  { id: 'connections', href: '/', title: 'Connections' },
  { id: 'connect', href: '/connect', title: 'Connect' },
  { id: 'search', href: '/search', title: 'Search' },
  { id: 'settings', href: '/settings', title: 'Settings' },
] as const

/**
 * A whole page. Its own referrer policy lets browsers say to us, and to us alone, from where a form is posted: with
 * none they send `Origin: null` (Fetch, "append a request Origin header").
 */
export function page({ title, at, isOutside = false, content }: PageOptions): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${title} · inlet</title>
<link rel="icon" href="/dashboard/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/dashboard/style.css">
<script type="module" src="/dashboard/script.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="bar">
<a class="brand" href="/"><img src="/dashboard/icon.svg" alt="" width="28" height="28">inlet</a>
${isOutside ? '' : navigation(at)}
</div>
</header>
<main id="main" tabindex="-1">
${content}
</main>
<p class="unseen" role="status" id="announcer"></p>
</body>
</html>
`
}

function navigation(at: PageOptions['at']): Html {
  const links = entries.map(
    ({ id, href, title }) =>
      html`<li><a href="${href}"${id === at ? html` aria-current="page"` : ''}>${title}</a></li>`,
  )
  return html`<nav aria-label="Main"><ul>${links}</ul></nav>`
}

/** What must be read first, such as what was done or went wrong. */
export function notice(kind: 'good' | 'bad' | 'info', text: Part): Html {
  return html`<div class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</div>`
}
