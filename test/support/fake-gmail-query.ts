/** The part of Gmail's search language that the tests use; every other operator is refused rather than ignored. */
import type { FakeMessage } from './fake-gmail-types.ts'
import { refuse } from './google-protocol.ts'

interface Surroundings {
  labels: ReadonlyMap<string, string>
  /** Milliseconds since 1970. */
  now: number
}

const dayMs = 24 * 60 * 60 * 1000
/** Gmail reads dates in the account's own time zone: this account is eight hours behind UTC. */
const offsetMs = 8 * 60 * 60 * 1000

export function matchesQuery(message: FakeMessage, query: string, surroundings: Surroundings): boolean {
  const alternatives = query
    .replace(/[()]/g, ' ')
    .split(/\s+/)
    .filter(term => term !== '')
  let matches = true
  for (let index = 0; index < alternatives.length; index++) {
    const terms = [alternatives[index] ?? '']
    while (alternatives[index + 1] === 'OR') {
      terms.push(alternatives[index + 2] ?? '')
      index += 2
    }
    matches &&= terms.some(term => matchesTerm(message, term, surroundings))
  }
  return matches
}

function matchesTerm(message: FakeMessage, term: string, surroundings: Surroundings): boolean {
  if (term.startsWith('-')) return !matchesTerm(message, term.slice(1), surroundings)
  const [operator = '', value = ''] = term.includes(':') ? term.split(/:(.*)/) : ['', term]
  const header = (name: string) => message.headers.find(candidate => candidate.name === name)?.value.toLowerCase() ?? ''
  const wanted = value.toLowerCase()
  switch (operator) {
    case '':
      return (
        header('Subject').includes(wanted) ||
        String(message.payload.content ?? '')
          .toLowerCase()
          .includes(wanted)
      )
    case 'from':
    case 'to':
      return header(operator === 'from' ? 'From' : 'To').includes(wanted)
    case 'subject':
      return header('Subject').includes(wanted)
    case 'after':
      return message.date >= midnight(value)
    case 'before':
      return message.date < midnight(value)
    case 'newer_than':
      return message.date >= surroundings.now - daysOf(value) * dayMs
    case 'is':
    case 'in':
    case 'label':
      return [...message.labelIds].some(
        id => id.toLowerCase() === wanted || surroundings.labels.get(id)?.toLowerCase() === wanted,
      )
    default:
      return refuse(400, 'invalidArgument', `the fake does not know ${operator}:`)
  }
}

function midnight(value: string): number {
  const date = /^(\d{4})\/(\d{2})\/(\d{2})$/.exec(value)
  if (!date) return refuse(400, 'invalidArgument', 'Invalid date')
  return Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3])) + offsetMs
}

function daysOf(value: string): number {
  const days = /^(\d+)d$/.exec(value)
  return days ? Number(days[1]) : refuse(400, 'invalidArgument', 'Invalid period')
}
