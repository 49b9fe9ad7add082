/** Whether what a client has is what there is (RFC 9110, section 13.1.2); a proxy that compressed it made the tag a weak one. */
export function isFresh(ifNoneMatch: string | undefined, tag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map(given => given.trim().replace(/^W\//, ''))
  return known.includes(tag)
}
