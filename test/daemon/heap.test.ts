import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const module = new URL('../../daemon/heap.ts', import.meta.url)

/** Makes objects that live for a while, as pages of a provider do, and prints the largest size that the space had. */
const work = `
  import { setTimeout as sleep } from 'node:timers/promises'
  import { getHeapSpaceStatistics } from 'node:v8'
  if (process.argv[1]) (await import(process.argv[1])).boundHeap()
  const living = []
  let most = 0
  for (let page = 0; page < 60; page++) {
    for (let index = 0; index < 20_000; index++) living.push({ index, text: 'x' + index })
    if (living.length > 60_000) living.splice(0, 20_000)
    await sleep(0)
    most = Math.max(most, getHeapSpaceStatistics().find(space => space.space_name === 'new_space').space_size)
  }
  process.stdout.write(String(most))
`

async function largestSpace(...words: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', work, ...words])
  return Number(stdout)
}

it('keeps what V8 has for young objects small, which would grow without it', async () => {
  const mebibyte = 1024 * 1024
  expect(await largestSpace(module.href)).toBeLessThanOrEqual(16 * mebibyte)
  expect(await largestSpace()).toBeGreaterThan(16 * mebibyte)
})
