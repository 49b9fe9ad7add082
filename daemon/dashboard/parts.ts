/** Pieces that several pages show. */
import type { JobRow } from '../../core/store/store.ts'
import { type Html, html, type Icon, icon, type Part } from './html.ts'
import type { State } from './state.ts'
import { count, duration, number, sentence, timeHtml, typeWords } from './words.ts'

export function badge({ tone, icon: name, label }: Pick<State, 'tone' | 'icon' | 'label'>): Html {
  return html`<span class="badge ${tone}">${icon(name)}${label}</span>`
}

/** A change is a form, so that it is a POST without a script, too. */
export function action(path: string, label: string, kind: 'primary' | 'plain' | 'danger' = 'plain', about = ''): Html {
  const hidden = about === '' ? '' : html`<span class="unseen"> ${about}</span>`
  return html`<form method="post" action="${path}"><button class="${kind}">${label}${hidden}</button></form>`
}

export function facts(rows: readonly (readonly [string, Part])[]): Html {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

const jobStates: Readonly<Record<JobRow['status'], { tone: State['tone']; icon: Icon; label: string }>> = {
  pending: { tone: 'busy', icon: 'waiting', label: 'Waiting for its turn' },
  in_progress: { tone: 'busy', icon: 'busy', label: 'Running' },
  completed: { tone: 'good', icon: 'healthy', label: 'Completed' },
  failed: { tone: 'bad', icon: 'trouble', label: 'Failed' },
  cancelled: { tone: 'warn', icon: 'stopped', label: 'Cancelled' },
}

export function jobBadge({ status }: Pick<JobRow, 'status'>): Html {
  return badge(jobStates[status])
}

const triggers: Readonly<Record<JobRow['trigger'], string>> = {
  create: 'First sync',
  manual: 'Started by hand',
  override: 'With a token of its own',
  schedule: 'By schedule',
}

export function triggerWords({ trigger }: Pick<JobRow, 'trigger'>): string {
  return triggers[trigger]
}

export function isOver({ status }: Pick<JobRow, 'status'>): boolean {
  return status !== 'pending' && status !== 'in_progress'
}

/** How long it took, or has taken so far. */
export function jobDuration(job: JobRow, now: number): string {
  if (job.startedAt === null) return 'not begun'
  const endedAt = job.completedAt ?? job.failedAt ?? (isOver(job) ? job.modifiedAt : null)
  return duration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(job.startedAt))
}

export function jobPath({ connectionId, id }: Pick<JobRow, 'connectionId' | 'id'>): string {
  return `/connections/${connectionId}/jobs/${id}`
}

/** The name of a counter in the API's progress events, and what it counts. */
const counters = [
  ['entities_inserted', 'New', (job: JobRow) => job.inserted],
  ['entities_updated', 'Changed', (job: JobRow) => job.updated],
  ['entities_deleted', 'Deleted', (job: JobRow) => job.deleted],
  ['entities_kept', 'Unchanged', (job: JobRow) => job.kept],
  ['entities_skipped', 'Left out', (job: JobRow) => job.skipped],
  ['requests', 'Requests', (job: JobRow) => job.requests],
] as const

/** The counters of a job; the script keeps them up to date while it runs. */
export function jobCounters(job: JobRow): Html {
  const follow = isOver(job) ? '' : html` data-follow="/source-connections/${job.connectionId}/jobs/${job.id}/events"`
  const cells = counters.map(
    ([name, title, read]) => html`<div><dt>${title}</dt><dd data-count="${name}">${number(read(job))}</dd></div>`,
  )
  return html`<div class="progress"${follow}>
${isOver(job) ? '' : html`<div class="runner" aria-hidden="true"></div><p class="waiting" data-waiting hidden></p>`}
<dl class="counters">${cells}</dl>
</div>`
}

export function jobProblem(job: JobRow): Html | '' {
  if (job.error === null) return ''
  const code = job.providerError === null ? '' : html` <span class="quiet">(${job.providerError})</span>`
  return html`<p class="problem">${sentence(job.error)}${code}</p>`
}

export function jobTable(jobs: readonly JobRow[], now: number): Html {
  const rows = jobs.map(
    job => html`<tr>
<td><a href="${jobPath(job)}">${timeHtml(job.createdAt, now)}</a></td>
<td>${jobBadge(job)}</td>
<td>${triggerWords(job)}</td>
<td class="number">${count(job.inserted + job.updated + job.deleted, 'change')}</td>
<td class="number">${jobDuration(job, now)}</td>
</tr>`,
  )
  return html`<div class="scroll" role="region" aria-label="Table of runs" tabindex="0"><table>
<thead><tr><th scope="col">When</th><th scope="col">How it went</th><th scope="col">Why</th><th scope="col" class="number">Brought</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}

export function typeTable(
  counts: readonly { entityType: string; count: number; lastUpdated: string | null }[],
  now: number,
): Html {
  const rows = counts.map(
    ({ entityType, count: items, lastUpdated }) => html`<tr>
<th scope="row">${typeWords(entityType)}</th>
<td class="number">${number(items)}</td>
<td>${lastUpdated === null ? '' : timeHtml(lastUpdated, now)}</td>
</tr>`,
  )
  return html`<div class="scroll" role="region" aria-label="Table of kinds" tabindex="0"><table>
<thead><tr><th scope="col">Kind</th><th scope="col" class="number">Items</th><th scope="col">Newest change</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
}
