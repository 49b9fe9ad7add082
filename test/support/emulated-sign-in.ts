/** A person at a sign-in page of `emulate`: picks who they are, and is sent back. */

/** @returns the address that the browser is sent to */
export async function signInAt(address: string, person: string): Promise<URL> {
  const page = await fetch(address)
  const text = await page.text()
  const form = text.match(/<form[\s\S]*?<\/form>/g)?.find(candidate => candidate.includes(person))
  const action = /action="([^"]+)"/.exec(form ?? '')?.[1]
  if (!form || !action)
    throw new Error(`${person} is not on the page, which answered ${page.status}: ${text.slice(-300)}`)
  const inputs = [...form.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)]
  const values = inputs.map(([, name = '', value = '']) => [name, unescaped(value)])
  const body = new URLSearchParams(Object.fromEntries(values))
  const answer = await fetch(new URL(action, address), { method: 'POST', body, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`nobody was sent on: ${answer.status} ${(await answer.text()).slice(-300)}`)
  return new URL(location)
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
