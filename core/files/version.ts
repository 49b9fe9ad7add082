import { hash } from 'node:crypto'

const longest = 64

/** As a version is kept: a provider may tell of a state in many words. */
export function shortVersion(version: string): string {
  return version.length <= longest ? version : `sha256 ${hash('sha256', version, 'base64url')}`
}
