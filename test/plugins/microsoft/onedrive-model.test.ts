import { expect, test } from 'vitest'
import { type FakeOneDrive, graphError } from '../../support/fake-onedrive.ts'
import { expectQuiet, expectTruth, fails, furnish, start } from './onedrive-world.ts'

const faults = [
  graphError(401, 'InvalidAuthenticationToken'),
  graphError(403, 'accessDenied'),
  graphError(404, 'itemNotFound'),
  graphError(410, 'resyncRequired'),
]
const rounds = 20

test.each([
  { seed: 1, include_patterns: [], rootId: undefined },
  { seed: 2, include_patterns: [], rootId: 'zz-root' },
  { seed: 3, include_patterns: ['Docs/**', 'folder*/**', 'renamed*/**'], rootId: undefined },
  { seed: 4, include_patterns: ['Docs/**', 'folder*/**', 'renamed*/**'], rootId: 'zz-root' },
])(
  'whatever happens in whatever order, every run ends in the truth ($seed)',
  async ({ seed, include_patterns, rootId }) => {
    const random = createRandom(seed)
    const world = await start({ include_patterns }, rootId)
    const { fake, harness } = world
    const isIncluded = (path: string) =>
      include_patterns.length === 0 || /^(docs|folder[^/]*|renamed[^/]*)\//i.test(path)
    furnish(fake)
    let runs = 0
    let faulted = 0
    for (let round = 0; round < rounds; round++) {
      for (let number = random(6); number >= 0; number--) change(fake, random, `${round}-${number}`)
      fake.tellsAll = random(2) === 0
      if (random(3) === 0) {
        const at = fake.server.requests.length + 1 + random(4)
        const fault = faults[random(faults.length)]
        fake.server.fault = (_request, number) => {
          if (number !== at) return undefined
          faulted++
          return fault
        }
        await fails(world)
        fake.server.fault = undefined
      }
      await harness.run()
      runs++
      await expectTruth(world, isIncluded)
    }
    expect(runs).toBe(rounds)
    expect(faulted).toBeGreaterThan(2)
    await expectQuiet(world)
  },
  60_000,
)

type Random = (below: number) => number

function createRandom(seed: number): Random {
  let state = seed * 7919
  return below => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

/** One thing that a person does to a drive. */
function change(fake: FakeOneDrive, random: Random, label: string): void {
  const items = [...fake.items.values()].filter(({ id }) => id !== fake.rootId)
  const pick = <Item>(from: Item[]) => from[random(from.length)]
  const file = pick(items.filter(({ kind, isDeleted }) => kind === 'file' && !isDeleted))
  const folders = items.filter(({ kind, isDeleted }) => kind === 'folder' && !isDeleted)
  const folder = pick(folders)
  const target = pick(folders)?.id ?? fake.rootId
  const isInside = (id: string | null): boolean =>
    id !== null && (id === folder?.id || isInside(fake.items.get(id)?.parent ?? null))
  const isBinned = (id: string | null) => fake.items.get(id ?? '')?.isDeleted ?? false
  const binned = pick(items.filter(item => item.deletedWith === item.id && !isBinned(item.parent)))
  const choice = random(10)
  if (choice === 0) fake.folder(`folder ${label}`, target)
  else if (choice <= 2) fake.add({ name: `file ${label}.txt`, content: `text ${label}`, parent: target })
  else if (choice === 3 && file) fake.change(file.id, { parent: target, name: `moved ${label}.txt` })
  else if (choice === 4 && folder && !isInside(target)) fake.change(folder.id, { parent: target })
  else if (choice === 5 && folder) fake.change(folder.id, { name: `renamed ${label}` })
  else if (choice === 6 && file) fake.delete(file.id)
  else if (choice === 7 && folder) fake.delete(folder.id)
  else if (choice === 8 && file) fake.change(file.id, { content: `other ${label}` })
  else if (choice === 9 && binned) fake.restore(binned.id)
}
