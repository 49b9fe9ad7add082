import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ProxyRules } from '../../core/plugin.ts'
import { refusalOf } from '../../core/token-refusal.ts'

const refusal = '{"no":"token"}'

/** What the rules were shown, and what is left of an answer after they were asked. */
async function look(
  pieces: Iterable<string | Buffer>,
  { type = 'application/json; charset=utf-8', status = 200, headers = [] as [string, string][], told = refusal } = {},
) {
  const shown: string[] = []
  const rules: ProxyRules = {
    isTokenRefused(_status, beginning) {
      shown.push(beginning)
      return beginning === told ? true : beginning.startsWith('good') ? false : undefined
    },
  }
  const source = Readable.from(Array.from(pieces, piece => Buffer.from(piece)))
  const { isRefused, answer } = await refusalOf(rules, {
    status,
    headers: [['content-type', type], ...headers],
    body: source,
  })
  const read = async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  return { isRefused, shown, read, source }
}

describe('an answer that says by its body that the token was refused', () => {
  it('is known, however it is cut, and stays as it is', async () => {
    for (const pieces of [[refusal], [...refusal], ['', refusal.slice(0, 5), refusal.slice(5)]]) {
      const { isRefused, read } = await look(pieces)
      expect([isRefused, String(await read())]).toEqual([true, refusal])
    }
  })

  it('is one of JSON that is short, and no other', async () => {
    expect(await look([refusal], { type: 'text/plain' })).toMatchObject({ isRefused: false, shown: [] })
    expect(await look([refusal], { headers: [['content-length', '5000']] })).toMatchObject({
      isRefused: false,
      shown: [],
    })
    expect((await look(['x'.repeat(4096)], { told: 'x'.repeat(4096) })).isRefused).toBe(true)
    expect(await look(['x'.repeat(4097)], { told: 'x'.repeat(4097) })).toMatchObject({ isRefused: false, shown: [] })
    expect(await look([refusal], { type: 'text/html', status: 401 })).toMatchObject({ isRefused: true, shown: [] })
    expect((await refusalOf(undefined, { status: 200, headers: [], body: Readable.from([]) })).isRefused).toBe(false)
  })
})

describe('an answer that was looked at', () => {
  it('goes on byte for byte, whatever is in it', async () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 31) % 256))
    for (const size of [1, 999, 4096, 5000, 20_000]) {
      const count = Math.ceil(bytes.length / size)
      const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
      const { isRefused, read } = await look(pieces)
      expect(isRefused).toBe(false)
      expect((await read()).equals(bytes)).toBe(true)
    }
    expect(String(await (await look([])).read())).toBe('')
  })

  it('is not waited for any longer once that is known', async () => {
    let asked = 0
    async function* endless() {
      for (;;) yield Buffer.from(['good', 'more'][asked++] ?? 'and more')
    }
    const body = Readable.from(endless(), { highWaterMark: 1 })
    const rules = {
      isTokenRefused: (_: number, beginning: string) => (beginning.startsWith('good') ? false : undefined),
    }
    const { isRefused, answer } = await refusalOf(rules, {
      status: 200,
      headers: [['content-type', 'application/json']],
      body,
    })
    expect(isRefused).toBe(false)
    expect(asked).toBeLessThan(10)
    answer.body.destroy()
    expect(body.destroyed).toBe(true)
  })

  it('passes by unread where nobody wants the rest', async () => {
    const body = Readable.from(Array.from({ length: 100 }, () => Buffer.from('good, and more of it')))
    const rules: ProxyRules = { isTokenRefused: () => false }
    const { answer } = await refusalOf(rules, { status: 205, headers: [['content-type', 'application/json']], body })
    const ended = once(body, 'end')
    answer.body.resume()
    await ended
  })

  it('that breaks off breaks off for whoever reads it, after what had come', async () => {
    async function* broken() {
      yield Buffer.from('{"no"')
      throw new Error('it broke off')
    }
    const { isRefused, answer } = await refusalOf(
      { isTokenRefused: () => undefined },
      { status: 200, headers: [['content-type', 'application/json']], body: Readable.from(broken()) },
    )
    expect(isRefused).toBe(false)
    const seen: string[] = []
    const reading = (async () => {
      for await (const chunk of answer.body) seen.push(String(chunk))
    })()
    await expect(reading).rejects.toThrow('it broke off')
    expect(seen).toEqual(['{"no"'])
  })

  it('by rules that fail is not passed on as if it were broken: the fault is theirs', async () => {
    const body = Readable.from([Buffer.from('{"no"'), Buffer.from(':"token"}')])
    const rules: ProxyRules = {
      isTokenRefused: (_status, beginning) => (JSON.parse(beginning) as { no: string }).no === 'token',
    }
    const asked = refusalOf(rules, { status: 200, headers: [['content-type', 'application/json']], body })
    await expect(asked).rejects.toThrow(SyntaxError)
    expect(body.destroyed).toBe(true)
  })
})
