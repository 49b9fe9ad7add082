import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { loadUndici, parts } from '../../core/undici.ts'

it('loads undici in parts that are all still there', async () => {
  const { resolve } = createRequire(import.meta.url)
  expect(parts.length).toBeGreaterThan(20)
  for (const part of parts) expect(() => resolve(part), part).not.toThrow()
  expect((await loadUndici()).Pool).toBeTypeOf('function')
})
