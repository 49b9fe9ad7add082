import { type Html, html, icon } from '../html.ts'
import { page } from '../layout.ts'
import { action, badge, facts } from '../parts.ts'
import { scheduleWords } from '../schedule.ts'
import { byNeed, entityCount, type Seen, stateOf, titleOf } from '../state.ts'
import { count, timeHtml } from '../words.ts'

/** Every connection, with what a person wants to know first. */
export function homePage(seen: readonly Seen[], now: number, message: Html | ''): Html {
  if (seen.length === 0) return page({ title: 'Connections', at: 'connections', content: empty(message) })
  const content = html`<div class="head">
<h1>Connections</h1>
<a class="button primary" href="/connect">${icon('add')}Connect a source</a>
</div>
${message}
<div data-live="connections" data-events>
${summary(seen, now)}
<ul class="cards">${byNeed(seen, now).map(one => html`<li>${card(one, now)}</li>`)}</ul>
</div>`
  return page({ title: 'Connections', at: 'connections', content })
}

function summary(seen: readonly Seen[], now: number): Html {
  const items = seen.reduce((total, { connection }) => total + entityCount(connection), 0)
  const needy = seen.filter(({ connection }) => ['bad', 'warn'].includes(stateOf(connection, now).tone)).length
  const state = needy === 0 ? 'All is well.' : `${count(needy, 'connection needs', 'connections need')} a look.`
  return html`<p class="lead">${state} ${count(items, 'item')} from ${count(seen.length, 'connection')}, on this machine.</p>`
}

function card(seen: Seen, now: number): Html {
  const { connection, lastSuccessAt } = seen
  const state = stateOf(connection, now)
  const { id, name, account, nextRunAt, cronSchedule } = connection
  return html`<article class="card ${state.tone}" aria-labelledby="name-${id}">
<header>
<h2 id="name-${id}"><a href="/connections/${id}">${name}</a></h2>
${badge(state)}
</header>
${facts([
  ['Source', titleOf(seen)],
  ['Account', account?.name ?? 'not known yet'],
  ['Last success', lastSuccessAt === null ? 'none yet' : timeHtml(lastSuccessAt, now)],
  ['Next run', nextRunAt === null ? scheduleWords(cronSchedule) : timeHtml(nextRunAt, now)],
  ['Holds', count(entityCount(connection), 'item')],
])}
${state.problem || state.advice ? trouble(state.problem, state.advice) : ''}
${actions(seen, now)}
</article>`
}

export function trouble(problem: string | undefined, advice: string | undefined): Html {
  return html`<div class="trouble">
${problem ? html`<p><strong>${problem}</strong></p>` : ''}
${advice ? html`<p>${advice}</p>` : ''}
</div>`
}

/** What there is to do, the most needful first. */
export function actions({ connection }: Seen, now: number): Html {
  const { id, name, lastJob, status } = connection
  const buttons = stateOf(connection, now).actions.map((kind, index) => {
    const look = index === 0 && kind !== 'run' ? 'primary' : 'plain'
    if (kind === 'run') return action(`/connections/${id}/run`, 'Run now', look, name)
    if (kind === 'sign-in')
      return html`<a class="button ${look}" href="/connections/${id}/sign-in">${status === 'pending_auth' ? 'Sign in' : 'Sign in again'}<span class="unseen"> ${name}</span></a>`
    return html`<a class="button ${look}" href="/connections/${id}#token">${status === 'pending_auth' ? 'Give a token' : 'Give a new token'}<span class="unseen"> ${name}</span></a>`
  })
  const watch =
    status === 'in_progress' && lastJob
      ? html`<a class="button plain" href="/connections/${id}/jobs/${lastJob.id}">Watch<span class="unseen"> ${name}</span></a>
${action(`/connections/${id}/jobs/${lastJob.id}/cancel`, 'Cancel', 'plain', name)}`
      : ''
  return html`<div class="actions">${buttons}${watch}</div>`
}

function empty(message: Html | ''): Html {
  return html`${message}
<div class="welcome">
<h1>Nothing is connected yet</h1>
<p class="lead">Connect a first source: inlet then keeps its data flowing into a store on this machine, where you can search it. It only ever reads.</p>
<p><a class="button primary large" href="/connect">${icon('add')}Connect a source</a></p>
</div>`
}
