/** The dashboard's own files, and their types. */
export const assetTypes = {
  'style.css': 'text/css',
  'script.js': 'text/javascript',
  'icon.svg': 'image/svg+xml',
} as const

const assetPaths = Object.keys(assetTypes).map(name => `/dashboard/${name}`)

/** What is answered without a key or session: signing in, and what those pages look like. */
export function isOpenPage(method: string, path: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  if (path === '/sign-in') return isRead || method === 'POST'
  return isRead && assetPaths.includes(path)
}
