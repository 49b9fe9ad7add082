/** The two cookies there are (RFC 6265). */
import { randomBytes } from 'node:crypto'
import { sessionSeconds } from './sessions.ts'

/** Binds a sign-in at a provider to the browser that began it. */
export const bindingCookie = 'inlet-sign-in'
const bindingSeconds = 30 * 60

/** Browsers share cookies among the ports of a host: each inlet has a name of its own. */
export function sessionCookie(port: number): string {
  return `inlet-session-${port}`
}

/** Every value that a `Cookie` header has for a name: a browser may send several, for different paths. */
export function cookieValues(header: string | undefined, name: string): string[] {
  const pairs = (header ?? '').split(';').map(pair => pair.trim())
  return pairs.filter(pair => pair.startsWith(`${name}=`)).map(pair => pair.slice(name.length + 1))
}

/** The browser's own binding, if it has one in the form that we give. */
export function bindingOf(header: string | undefined): string | undefined {
  return cookieValues(header, bindingCookie).find(value => /^[\w-]{43}$/.test(value))
}

export function newBinding(): string {
  return randomBytes(32).toString('base64url')
}

export function setSession(name: string, value: string): string {
  return `${name}=${value}; Max-Age=${sessionSeconds}; Path=/; HttpOnly; SameSite=Strict`
}

export function endSession(name: string): string {
  return `${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict`
}

/** Lax, since it must come along when the provider sends the browser back. */
export function setBinding(value: string): string {
  return `${bindingCookie}=${value}; Max-Age=${bindingSeconds}; Path=/; HttpOnly; SameSite=Lax`
}
