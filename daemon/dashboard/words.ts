/** Times, numbers and names as a person says them. */
import { once } from '../../core/remembered.ts'
import { type Html, html } from './html.ts'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** Made when they are first used: each takes as long as a page. */
const relative = once(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto' }))

/** Such as "5 minutes ago" and "in 2 hours". */
export function fromNow(iso: string, now: number): string {
  const ms = Date.parse(iso) - now
  const [unit, size] = units.find(([, length]) => Math.abs(ms) >= length) ?? []
  if (unit === undefined || size === undefined) return ms < 0 ? 'just now' : 'in a moment'
  return relative().format(Math.round(ms / size), unit)
}

const absolute = once(() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }))

/** A time in the machine's zone. */
export function exactly(iso: string): string {
  return absolute().format(new Date(iso))
}

/** The distance in words, and the time itself for who asks. */
export function timeHtml(iso: string, now: number): Html {
  return html`<time datetime="${iso}" title="${exactly(iso)}">${fromNow(iso, now)}</time>`
}

const numbers = once(() => new Intl.NumberFormat('en'))

export function number(value: number): string {
  return numbers().format(value)
}

/** Such as "1 item" and "2,000 items". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** `gmail_message` as "Gmail message". */
export function typeWords(name: string): string {
  const words = name.replace(/_/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 1) return 'less than a second'
  if (seconds < 60) return count(seconds, 'second')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A message of a failure as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

/** Names in scopes that are no words. */
const things: Readonly<Record<string, string>> = {
  groups: 'private channels',
  im: 'direct messages',
  mpim: 'group conversations',
}

/** What a scope of OAuth lets be read, as far as its name tells. */
export function scopeWords(scope: string): string {
  const last = scope.split('/').at(-1) ?? scope
  if (last === 'default') return 'Full access, of which inlet only ever reads'
  const thing = (name: string) => things[name] ?? name.toLowerCase()
  return last
    .replace(/^([\w.]+)\.readonly$/i, (_match, name: string) => `Read everything in ${typeWords(name)}`)
    .replace(/^(\w+)\.Read$/, (_match, name: string) => `Read ${thing(name)}`)
    .replace(/^(\w+):read$/, (_match, name: string) => `Read which ${thing(name)} there are`)
    .replace(/^(\w+):history$/, (_match, name: string) => `Read what is said in ${thing(name)}`)
}
