/**
 * What is live: pages work without it. Everything that changes is rendered by the server and fetched again; nothing
 * is made from text here.
 */

const announcer = document.getElementById('announcer')

/** @param {string} text */
function announce(text) {
  if (announcer) announcer.textContent = text
}

/** @param {string} address @returns {Promise<Document | undefined>} */
async function fetchPage(address) {
  const response = await fetch(address, { headers: { Accept: 'text/html' }, credentials: 'same-origin' }).catch(
    () => undefined,
  )
  if (response?.redirected && new URL(response.url).pathname === '/sign-in') location.assign('/sign-in')
  return response?.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined
}

/** Puts what is new in place of what was, and the focus back to where it was. @param {Element} old @param {Element} fresh */
function replace(old, fresh) {
  if (old.innerHTML === fresh.innerHTML) return
  const active = old.contains(document.activeElement) ? document.activeElement : null
  const all = active ? [...old.querySelectorAll('a, button, input, summary')] : []
  const place = active ? all.indexOf(active) : -1
  const known = active?.id || active?.getAttribute('href') || active?.closest('form')?.getAttribute('action')
  old.innerHTML = fresh.innerHTML
  if (place < 0) return
  const now = [...old.querySelectorAll('a, button, input, summary')]
  const same = now.find(
    node => known && [node.id, node.getAttribute('href'), node.closest('form')?.getAttribute('action')].includes(known),
  )
  const next = same ?? now[Math.min(place, now.length - 1)]
  if (next instanceof HTMLElement) next.focus({ preventScroll: true })
}

let isRefreshing = false
let isStale = false

/** The live parts of this page as they are now. */
async function refresh() {
  isStale = true
  if (isRefreshing) return
  isRefreshing = true
  while (isStale) {
    isStale = false
    const fresh = await fetchPage(location.pathname + location.search)
    if (!fresh) break
    for (const old of document.querySelectorAll('[data-live]')) {
      const name = old.getAttribute('data-live')
      const part = fresh.querySelector(`[data-live="${name}"]`)
      if (part) replace(old, part)
    }
    followJobs()
  }
  isRefreshing = false
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let refreshing

/** Several events that come together are one change. */
function refreshSoon() {
  clearTimeout(refreshing)
  refreshing = setTimeout(() => void refresh(), 250)
}

/** @param {string} text @returns {Record<string, unknown>} */
function members(text) {
  const value = JSON.parse(text)
  return typeof value === 'object' && value !== null ? value : {}
}

/** @type {Readonly<Record<string, string>>} */
const happenings = {
  'job.started': 'A sync has begun.',
  'job.completed': 'A sync is complete.',
  'job.failed': 'A sync has failed.',
  'job.cancelled': 'A sync was cancelled.',
  'connection.needs_reauth': 'A connection needs you to sign in again.',
  'connection.expiring': 'A connection will need you soon.',
  'client.refused': 'A provider refuses the OAuth client.',
}

/** @type {EventSource[]} */
let streams = []

function followEvents() {
  const wanted = document.querySelector('[data-events]')
  if (!wanted) return
  const only = wanted.getAttribute('data-connection')
  const stream = new EventSource('/events')
  streams.push(stream)
  for (const [type, words] of Object.entries(happenings)) {
    stream.addEventListener(type, event => {
      const { connection_id: connection } = members(event.data)
      if (only && connection !== undefined && connection !== only) return
      announce(words)
      refreshSoon()
    })
  }
}

/** @type {Map<string, EventSource>} */
const jobs = new Map()
const numbers = new Intl.NumberFormat('en')

/** Counters of jobs that run, as they grow. */
function followJobs() {
  for (const panel of document.querySelectorAll('[data-follow]')) {
    const address = panel.getAttribute('data-follow') ?? ''
    if (jobs.has(address)) continue
    const stream = new EventSource(address)
    jobs.set(address, stream)
    streams.push(stream)
    stream.addEventListener('progress', event => showProgress(address, members(event.data)))
    stream.addEventListener('end', event => {
      stream.close()
      showProgress(address, members(event.data))
      refreshSoon()
    })
  }
}

/** @param {string} address @param {Record<string, unknown>} job */
function showProgress(address, job) {
  const panel = document.querySelector(`[data-follow="${address}"]`)
  if (!panel) return
  for (const cell of panel.querySelectorAll('[data-count]')) {
    const value = job[cell.getAttribute('data-count') ?? '']
    if (typeof value === 'number') cell.textContent = numbers.format(value)
  }
  const note = panel.querySelector('[data-waiting]')
  if (!(note instanceof HTMLElement)) return
  const { waiting } = job
  const until = typeof waiting === 'object' && waiting !== null && 'until' in waiting ? String(waiting.until) : ''
  note.hidden = until === ''
  if (until) note.textContent = `The provider asks us to wait until ${new Date(until).toLocaleTimeString()}.`
}

function offerCopies() {
  for (const button of document.querySelectorAll('[data-copy]')) {
    if (!(button instanceof HTMLElement) || !navigator.clipboard) continue
    button.hidden = false
    button.addEventListener('click', async () => {
      const text = document.getElementById(button.getAttribute('data-copy') ?? '')?.textContent ?? ''
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
      announce('Copied')
      setTimeout(() => {
        button.textContent = 'Copy'
      }, 2000)
    })
  }
}

/** The next runs of a schedule while it is chosen. */
function previewSchedules() {
  for (const part of document.querySelectorAll('[data-schedule]')) {
    const preview = part.querySelector('[data-preview]')
    if (!preview) continue
    for (const button of document.querySelectorAll('[data-preview-button]')) button.remove()
    /** @param {string} name */
    const value = name => {
      const control = part.querySelector(`[name="${name}"]`)
      return control instanceof HTMLInputElement || control instanceof HTMLSelectElement ? control.value : ''
    }
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    let asked = 0
    const ask = async () => {
      const number = ++asked
      const chosen = value('schedule')
      const cron = chosen === 'custom' ? value('cron').trim() : chosen
      if (chosen === 'custom' && cron === '') {
        preview.textContent = ''
        return
      }
      const query = new URLSearchParams({ cron, timezone: value('timezone').trim() })
      const response = await fetch(`/dashboard/schedule?${query}`).catch(() => undefined)
      const answer = response ? members(await response.text()) : {}
      if (number !== asked) return
      preview.textContent = String(answer.words ?? '')
    }
    part.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), 200)
    })
  }
}

/** Results while one types. */
function searchInstantly() {
  const form = document.querySelector('[data-search]')
  const results = document.querySelector('[data-results]')
  if (!(form instanceof HTMLFormElement) || !results) return
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let asked = 0
  const search = async () => {
    const number = ++asked
    const query = new URLSearchParams()
    for (const [name, value] of new FormData(form)) if (value !== '') query.append(name, String(value))
    const address = query.size > 0 ? `/search?${query}` : '/search'
    const fresh = await fetchPage(address)
    const found = fresh?.querySelector('[data-results]')
    if (number !== asked || !fresh || !found) return
    results.innerHTML = found.innerHTML
    document.title = fresh.title
    history.replaceState(null, '', address)
    announce(found.querySelector('[data-summary]')?.textContent ?? '')
  }
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void search(), 180)
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    clearTimeout(timer)
    void search()
  })
}

/** A button that was pressed is not pressed twice. */
function pressOnce() {
  document.addEventListener('submit', event => {
    const { submitter, defaultPrevented } = event
    if (defaultPrevented || !(submitter instanceof HTMLButtonElement)) return
    // After the form was read: a disabled button's own value would be left out.
    setTimeout(() => {
      submitter.disabled = true
    })
  })
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('button[disabled]')) button.removeAttribute('disabled')
  })
}

/** What an address names is open. */
function openNamed() {
  const named = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null
  const details = named?.closest('details')
  if (!details) return
  details.open = true
  details.scrollIntoView()
  const first = details.querySelector('input')
  if (first) first.focus({ preventScroll: true })
}

/** Counts grow without an event while a sync runs, and "just now" does not stay true. */
function keepFresh() {
  let ticks = 0
  setInterval(() => {
    const isBusy = document.querySelector('[data-live] .badge.busy') !== null
    const isDue = isBusy || ++ticks % 20 === 0
    if (isDue && !document.hidden && document.querySelector('[data-events]')) refreshSoon()
  }, 3000)
}

offerCopies()
keepFresh()
previewSchedules()
searchInstantly()
pressOnce()
openNamed()
followEvents()
followJobs()
addEventListener('hashchange', openNamed)
// Browsers keep few connections to one host: a page that is left gives its own back.
addEventListener('pagehide', () => {
  for (const stream of streams) stream.close()
  streams = []
  jobs.clear()
})
addEventListener('pageshow', event => {
  if (!event.persisted) return
  followEvents()
  void refresh()
})
