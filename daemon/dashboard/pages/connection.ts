import type { CollectionView, ConnectionCheck } from '../../../core/inlet.ts'
import type { JobRow } from '../../../core/store/store.ts'
import { clientForm } from '../client-guide.ts'
import { errorSummary, type Filled, input, unfilled } from '../form.ts'
import { type Html, html, icon, type Part } from '../html.ts'
import { notice, page } from '../layout.ts'
import { action, badge, facts, isOver, jobCounters, jobTable, typeTable } from '../parts.ts'
import { scheduleInputs, scheduleWords, type Timing } from '../schedule.ts'
import { entityCount, type Seen, stateOf, titleOf } from '../state.ts'
import { count, exactly, sentence, timeHtml } from '../words.ts'
import { tokenInputs } from './connect.ts'
import { actions, trouble } from './home.ts'

/** Which of its forms was posted, and what was typed there. */
export type Posted = Partial<Record<'schedule' | 'name' | 'token', Filled>>

export interface ConnectionPage {
  seen: Seen
  /** Newest first. */
  jobs: readonly JobRow[]
  collection: CollectionView | undefined
  timing: Timing
  message: Html | ''
  posted: Posted
  now: number
}

export function connectionPage(given: ConnectionPage): Html {
  const { seen, jobs, message, posted, now } = given
  const { connection, info } = seen
  const path = `/connections/${connection.id}`
  const token = posted.token ?? unfilled
  const content = html`<p class="crumb"><a href="/">Connections</a></p>
${message}${Object.values(posted).map(filled => errorSummary(filled))}
<div data-live="overview" data-events data-connection="${connection.id}">
${overview(given)}
</div>
<section class="card" aria-labelledby="runs" data-live="runs">
<h2 id="runs">Runs</h2>
${jobs.length === 0 ? html`<p>It has not run yet.</p>` : jobTable(jobs, now)}
</section>
<section class="card" aria-labelledby="holds" data-live="holds">
<h2 id="holds">What is in it</h2>
${connection.entityCounts.length === 0 ? html`<p>Nothing yet.</p>` : typeTable(connection.entityCounts, now)}
</section>
<div class="ways">
<section class="card" aria-labelledby="when">
<h2 id="when">Schedule</h2>
<form method="post" action="${path}/schedule">
${scheduleInputs(posted.schedule ?? unfilled, given.timing, now)}
<div class="actions"><button class="primary">Save the schedule</button>
<button class="plain" name="action" value="preview" data-preview-button>Show the next runs</button></div>
</form>
</section>
<section class="card" aria-labelledby="access">
<h2 id="access">Access</h2>
${access(seen, now)}
<div class="actions"><a class="button plain" href="${path}/sign-in">Sign in with the browser</a>${action(`${path}/check`, 'Check the token')}</div>
${
  info === undefined
    ? ''
    : html`<details id="token"${Object.keys(token.errors).length > 0 ? html` open` : ''}>
<summary>Replace the token</summary>
<p class="hint">The new token takes the place of the stored one, and is tried at once.</p>
<form method="post" action="${path}/token">
${tokenInputs(info, token)}
<div class="actions"><button class="primary">Replace the token</button></div>
</form>
</details>`
}
</section>
<section class="card" aria-labelledby="called">
<h2 id="called">Name</h2>
<form method="post" action="${path}/name">
${input({ name: 'name', title: 'Name', filled: posted.name ?? unfilled, value: connection.name, required: true })}
<div class="actions"><button class="plain">Rename</button></div>
</form>
</section>
<section class="card" aria-labelledby="end">
<h2 id="end">Delete</h2>
<p>Ends the connection and destroys its token. You choose whether its data goes too.</p>
<div class="actions"><a class="button danger" href="${path}/delete">Delete this connection…</a></div>
</section>
</div>`
  return page({ title: connection.name, at: 'connections', content })
}

function overview({ seen, collection, now }: ConnectionPage): Html {
  const { connection, lastSuccessAt } = seen
  const state = stateOf(connection, now)
  const { account, lastJob, nextRunAt, cronSchedule } = connection
  const running = lastJob && !isOver(lastJob) ? lastJob : undefined
  const config = Object.entries(connection.config)
  return html`<div class="head"><h1>${connection.name}</h1>${badge(state)}</div>
<section class="card ${state.tone}" aria-label="How it is">
${state.problem || state.advice ? trouble(state.problem, state.advice) : ''}
${running ? jobCounters(running) : ''}
${facts([
  ['Source', titleOf(seen)],
  ['Account', account?.name ?? 'not known yet'],
  [
    'Collection',
    html`<a href="/search?collection=${encodeURIComponent(connection.collection)}">${collection?.name ?? connection.collection}</a>`,
  ],
  ['Last success', lastSuccessAt === null ? 'none yet' : timeHtml(lastSuccessAt, now)],
  [
    'Next run',
    nextRunAt === null
      ? scheduleWords(cronSchedule)
      : html`${timeHtml(nextRunAt, now)} <span class="quiet">(${scheduleWords(cronSchedule)})</span>`,
  ],
  ['Holds', count(entityCount(connection), 'item')],
  ['Runs', html`${count(connection.totalRuns, 'run')}, ${connection.failedRuns} failed`],
  ...config.map(([name, value]) => [optionTitle(seen, name), valueWords(value)] as const),
])}
${actions(seen, now)}
</section>`
}

function optionTitle({ info }: Seen, name: string): string {
  return info?.source.configFields.find(field => field.name === name)?.title ?? name
}

function valueWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return Array.isArray(value) ? value.map(String).join(', ') : String(value)
}

function access({ connection }: Seen, now: number): Html {
  const { authenticatedAt, needsPersonAt, expiresAt, authState } = connection
  const rows: (readonly [string, Part])[] = [
    ['Signed in', authenticatedAt === null ? 'not yet' : timeHtml(authenticatedAt, now)],
    [
      'Needs you',
      authState === 'ready' ? (needsPersonAt === null ? 'not that we know of' : timeHtml(needsPersonAt, now)) : 'now',
    ],
  ]
  if (expiresAt !== null) rows.push(['Token is renewed or ends', timeHtml(expiresAt, now)])
  return facts(rows)
}

/** What the provider said of the stored token. */
export function checkNotice(check: ConnectionCheck): Html {
  const { alive, account, failure, needsPersonAt } = check
  if (alive === true) {
    const until = needsPersonAt === null ? '' : ` It lasts until ${exactly(needsPersonAt)}.`
    return notice('good', html`<p>The token works${account ? html` for <b>${account.name}</b>` : ''}.${until}</p>`)
  }
  const reason = failure ? sentence(failure.message) : ''
  if (alive === false) return notice('bad', html`<p><strong>The token does not work.</strong> ${reason}</p>`)
  return notice('info', html`<p><strong>That could not be found out now.</strong> ${reason}</p>`)
}

/** Signing in again: one button where a client is known, else how to get one. */
export function signInAgainPage(given: {
  seen: Seen
  redirect: string
  /** Undefined where that is not known before it is tried. */
  needsClient: boolean
  filled: Filled
}): Html {
  const { seen, redirect, needsClient, filled } = given
  const { connection, info } = seen
  const provider = info?.plugin.title ?? titleOf(seen)
  const title = `Sign in to ${connection.name}`
  const form = info === undefined ? '' : clientForm(info, redirect, filled)
  const isOpen = Object.keys(filled.errors).some(name => name.startsWith('client.'))
  const content = html`<div class="narrow">
<p class="crumb"><a href="/connections/${connection.id}">${connection.name}</a></p>
<h1>${title}</h1>
${errorSummary(filled)}
<p class="lead">${connection.account ? html`Sign in as <b>${connection.account.name}</b>: the connection keeps its data, and goes on where it stopped.` : 'The connection keeps its data, and goes on where it stopped.'}</p>
<form class="card" method="post" action="/connections/${connection.id}/sign-in">
${needsClient ? form : html`<details${isOpen ? html` open` : ''}><summary>Through another OAuth client</summary>${form}</details>`}
<div class="actions"><button class="primary large">Sign in at ${provider}</button></div>
</form>
</div>`
  return page({ title, at: 'connections', content })
}

export function deletePage({ connection }: Seen): Html {
  const items = count(entityCount(connection), 'item')
  const content = html`<div class="narrow">
<p class="crumb"><a href="/connections/${connection.id}">${connection.name}</a></p>
<h1>Delete ${connection.name}?</h1>
<form class="card" method="post" action="/connections/${connection.id}/delete">
<p>Its token is destroyed, and its schedule and runs are gone. This cannot be undone. At the provider nothing changes.</p>
<fieldset>
<legend>Its data on this machine: ${items}</legend>
<div class="field check"><input type="radio" id="keep" name="data" value="keep" checked><label for="keep">Keep it: it can still be searched</label></div>
<div class="field check"><input type="radio" id="destroy" name="data" value="delete"><label for="destroy">Delete it too</label></div>
</fieldset>
<div class="actions"><button class="danger">${icon('trouble')}Delete the connection</button>
<a class="button plain" href="/connections/${connection.id}">Keep everything</a></div>
</form>
</div>`
  return page({ title: `Delete ${connection.name}`, at: 'connections', content })
}
