/**
 * Where browsers reach us, and where providers send them back to: the one address that is registered with an OAuth
 * client. Cookies of `127.0.0.1` are none of `localhost`, so pages live at this one alone.
 * @param host as in the configuration
 */
export function ownOrigin(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const isAnyOfOurs = bare === 'localhost' || bare === '0.0.0.0' || /^[0:]+$/.test(bare)
  const name = isAnyOfOurs ? 'localhost' : bare.includes(':') ? `[${bare}]` : bare
  return new URL(`http://${name}:${port}`).origin
}

/** Where providers send browsers back to, at our own origin. */
export const callbackPath = '/source-connections/callback'
