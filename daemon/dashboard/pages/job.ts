import type { ConnectionView } from '../../../core/inlet.ts'
import type { JobRow } from '../../../core/store/store.ts'
import { type Html, html } from '../html.ts'
import { page } from '../layout.ts'
import {
  action,
  facts,
  isOver,
  jobBadge,
  jobCounters,
  jobDuration,
  jobPath,
  jobProblem,
  triggerWords,
} from '../parts.ts'
import { number, timeHtml, typeWords } from '../words.ts'

/** One run: its counters, how long it took, and what went wrong. */
export function jobPage(connection: ConnectionView, job: JobRow, message: Html | '', now: number): Html {
  const seen = Object.entries(job.encountered)
  const content = html`<p class="crumb"><a href="/">Connections</a> / <a href="/connections/${connection.id}">${connection.name}</a></p>
${message}
<div data-live="job" data-job="${job.id}">
<div class="head"><h1>Run of ${connection.name}</h1>${jobBadge(job)}</div>
<section class="card" aria-label="How it went">
${job.error === null ? '' : html`<div class="trouble">${jobProblem(job)}</div>`}
${jobCounters(job)}
${facts([
  ['Why', triggerWords(job)],
  ['Begun', job.startedAt === null ? 'not yet' : timeHtml(job.startedAt, now)],
  [isOver(job) ? 'Took' : 'Has taken', jobDuration(job, now)],
])}
<div class="actions">${isOver(job) ? action(`/connections/${connection.id}/run`, 'Run again') : action(`${jobPath(job)}/cancel`, 'Cancel this run')}</div>
</section>
${
  seen.length === 0
    ? ''
    : html`<section class="card" aria-labelledby="met"><h2 id="met">What it met</h2>
${facts(seen.map(([type, items]) => [typeWords(type), number(items)] as const))}
</section>`
}
</div>`
  return page({ title: `Run of ${connection.name}`, at: 'connections', content })
}
