/** A OneDrive with one of each: files that are text and that are not, folders in folders, a notebook, a shortcut. */
import type { Config } from '../../../core/plugin.ts'
import { type FakeOneDrive, startFakeOneDrive } from '../../support/fake-onedrive.ts'
import type { Fixture, Truth } from '../../support/source-suite/index.ts'
import { graphAnswers, graphPaging } from './graph-fixture.ts'

type Furniture = ReturnType<typeof furnish>

export async function startOneDrive({ givesAddresses = false } = {}): Promise<Fixture> {
  const fake = await startFakeOneDrive()
  if (givesAddresses) fake.giveAddresses()
  const furniture = furnish(fake)
  return {
    endpoints: { graph: fake.graph, token: `${fake.server.url}/token` },
    token: 'good-token',
    filters: [{ include_patterns: ['Docs/**'], max_file_mb: 1 }, { include_patterns: ['**/*.txt'] }],
    truth: config => truthOf(fake, config),
    change: createChanges(fake, furniture),
    expireCursors: () => void fake.epoch++,
    isFile: ({ pathname }) => pathname.endsWith('/content') || pathname.startsWith('/files/'),
    paging: [graphPaging(/\/root\/delta/), { ...graphPaging(/\/children$/), isLater: true }],
    answers: graphAnswers('itemNotFound', 'accessDenied'),
    complaints: () => [...fake.server.unknown, ...fake.refused],
    close: () => fake.close(),
  }
}

function furnish(fake: FakeOneDrive) {
  const docs = fake.folder('Docs')
  const plans = fake.folder('Plans', docs)
  const photos = fake.folder('Photos')
  const note = fake.add({ name: 'note.txt', content: 'a note' })
  const plan = fake.add({ name: 'plan.txt', content: 'the plan', parent: plans })
  for (const month of ['May', 'June']) fake.add({ name: `${month}.txt`, content: `in ${month}`, parent: plans })
  fake.add({ name: 'budget.csv', mimeType: 'text/csv', content: 'apples', parent: plans })
  const draft = fake.add({ name: 'draft.md', mimeType: 'text/markdown', content: 'Draft', parent: docs })
  fake.add({ name: 'long.txt', content: `a long story${' '.repeat(1024 * 1024)}`, parent: docs })
  fake.add({ name: 'sea.jpg', mimeType: 'image/jpeg', content: 'JFIF', parent: photos })
  fake.add({ name: 'bad.txt', content: 'a virus', more: { malware: { description: 'Virus' } } })
  const notebook = fake.add({ name: 'Notebook', kind: 'notebook', parent: docs })
  fake.add({ name: 'Section.one', mimeType: 'application/msonenote', parent: notebook })
  fake.add({ name: 'From Bob', kind: 'shortcut' })
  return { docs, plans, photos, note, plan, draft }
}

function truthOf(fake: FakeOneDrive, config: Config): Truth[] {
  const [pattern = '**'] = Array.isArray(config.include_patterns) ? config.include_patterns.map(String) : []
  const maxBytes = Number(config.max_file_mb ?? 25) * 1024 * 1024
  const items = [...fake.truth()].filter(([, { path }]) => fits(path, pattern))
  return [
    { entityType: 'onedrive_drive', id: fake.driveId, name: fake.driveName },
    ...items.map(([id, { path, content }]): Truth => {
      const isTooLarge = Buffer.byteLength(content) > maxBytes
      const text = isTooLarge ? undefined : content.trim()
      return { entityType: 'onedrive_item', id, name: path.split('/').at(-1), text }
    }),
  ]
}

function fits(path: string, pattern: string): boolean {
  if (pattern === '**') return true
  return pattern.startsWith('**/*') ? path.endsWith(pattern.slice(4)) : path.startsWith(pattern.slice(0, -2))
}

/** What a person does to a drive between two syncs; what a round adds, the next one takes away. */
function createChanges(fake: FakeOneDrive, { docs, plans, photos, note, plan, draft }: Furniture) {
  let added: string[] = []
  let box: string | undefined
  const kinds: readonly ((round: number) => void)[] = [
    round => fake.change(plans, { name: `Plans ${round}` }),
    () => fake.change(plans, { parent: parentOf(plans) === docs ? photos : docs }),
    () => {
      box = fake.folder('Box', docs)
      const inner = fake.folder('Inner', box)
      fake.add({ name: 'boxed.txt', content: 'in a box', parent: inner })
      fake.change(plan, { parent: inner })
    },
    () => {
      fake.change(plan, { parent: plans })
      if (box !== undefined) fake.delete(box)
    },
    () => {
      if (box !== undefined) fake.restore(box)
    },
    round => {
      if (box !== undefined) fake.delete(box)
      fake.change(docs, { name: round % 4 < 2 ? 'Docs' : 'docs' })
    },
  ]
  return (round: number) => {
    fake.tellsAll = round % 2 === 0
    for (const id of added) fake.delete(id)
    added = [
      fake.add({ name: `new ${round}.txt`, content: `new in ${round}`, parent: round % 3 === 0 ? docs : photos }),
    ]
    fake.change(note, { content: `note of ${round}` })
    fake.change(draft, { name: `draft ${round}.md`, parent: round % 2 === 0 ? photos : docs })
    kinds[round % kinds.length]?.(round)
  }

  function parentOf(id: string): string | null | undefined {
    return fake.items.get(id)?.parent
  }
}
