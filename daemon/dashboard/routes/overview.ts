import { z } from 'zod'
import { machineTimezone } from '../../../core/cron.ts'
import { Failure, isFailure } from '../../../core/errors.ts'
import type { CollectionView, Inlet } from '../../../core/inlet.ts'
import type { App } from '../../routes/support.ts'
import { type DashboardContext, doneNotice, show } from '../context.ts'
import { type Html, html } from '../html.ts'
import { notice } from '../layout.ts'
import { homePage } from '../pages/home.ts'
import { searchPage } from '../pages/search.ts'
import { settingsPage } from '../pages/settings.ts'
import { nextRuns, runsSentence } from '../schedule.ts'
import { searchAll, wantedOf } from '../search.ts'
import { lookAtAll } from '../state.ts'
import { sentence } from '../words.ts'

const scheduleQuery = z.object({ cron: z.string().max(200), timezone: z.string().max(100).optional() })

export function addOverviewRoutes(app: App, dashboard: DashboardContext): void {
  const { inlet, clock } = dashboard
  app.get('/', async context => {
    const { vault } = await inlet.health()
    const message = vault ? doneNotice(context) : lockedNotice()
    return show(context, homePage(await lookAtAll(inlet), clock.now(), message))
  })
  app.get('/search', async context => {
    const wanted = wantedOf(new URL(context.req.url).searchParams)
    const collections = await allCollections(inlet)
    const searched = wanted.collection === '' ? collections.map(({ readableId }) => readableId) : [wanted.collection]
    const found = await searchAll(inlet, wanted, searched)
    const names = new Set((await lookAtAll(inlet)).map(({ connection }) => connection.shortName))
    const sources = inlet.sources.list().filter(({ source }) => names.has(source.shortName))
    return show(context, searchPage({ wanted, found, collections, sources, now: clock.now() }))
  })
  app.get('/settings', async context => {
    const { version, origin, hasClient } = dashboard
    const vault = await inlet.vault.status()
    return show(context, settingsPage({ vault, version, origin: origin(), sources: inlet.sources.list(), hasClient }))
  })
  app.get('/dashboard/schedule', context => {
    const query = scheduleQuery.safeParse(context.req.query())
    if (!query.success) throw new Failure('invalid', 'give cron, and timezone where it is not that of the machine')
    const timing = { cron: query.data.cron || null, timezone: query.data.timezone || machineTimezone() }
    const now = clock.now()
    try {
      return context.json({ words: runsSentence(timing, now), runs: nextRuns(timing, now) })
    } catch (error) {
      // Half-typed is no mistake yet: said in the same place, and in no console of a browser.
      if (!isFailure(error, 'invalid')) throw error
      return context.json({ words: sentence(error.message), runs: [] })
    }
  })
}

function lockedNotice(): Html {
  return notice(
    'bad',
    html`<p><strong>The vault is locked: nothing syncs.</strong> Unlock it with <code>npx inlet vault unlock</code>; <a href="/settings">the settings</a> say why.</p>`,
  )
}

const pageSize = 1000

export async function allCollections(inlet: Inlet): Promise<CollectionView[]> {
  const all: CollectionView[] = []
  for (let skip = 0; ; skip += pageSize) {
    const some = await inlet.collections.list({ skip, limit: pageSize })
    all.push(...some)
    if (some.length < pageSize) return all
  }
}
