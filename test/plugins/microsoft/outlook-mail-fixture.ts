/** A mailbox with one of each: folders in folders, messages with and without text, attachments of every kind. */
import type { Config } from '../../../core/plugin.ts'
import { type FakeOutlookMail, startFakeOutlookMail } from '../../support/fake-outlook-mail.ts'
import type { FakeAttachment, FakeMessage } from '../../support/fake-outlook-messages.ts'
import type { Fixture, Truth } from '../../support/source-suite/index.ts'
import { graphAnswers, graphPaging } from './graph-fixture.ts'
import { filesOf, textFile } from './outlook-mail-world.ts'

type Furniture = ReturnType<typeof furnish>

export async function startOutlookMail(): Promise<Fixture> {
  const fake = await startFakeOutlookMail()
  const furniture = furnish(fake)
  return {
    endpoints: { graph: fake.graph, token: `${fake.server.url}/token` },
    token: 'good-token',
    filters: [
      { included_folders: [furniture.projects] },
      { excluded_folders: ['Archive'] },
      { after_date: '2026-01-01', included_folders: ['Inbox', 'Archive'] },
    ],
    truth: config => truthOf(fake, config),
    change: createChanges(fake, furniture),
    expireCursors: () => void fake.epoch++,
    isFile: ({ pathname }) => /\/attachments\/[^/]+/.test(pathname),
    paging: [
      graphPaging(/\/mailFolders\/delta$/),
      graphPaging(/\/messages\/delta$/),
      graphPaging(/\/messages\/[^/]+\/attachments$/),
    ],
    uncheckable: /\/attachments\/[^/]+\/\$value$/,
    answers: graphAnswers('ErrorItemNotFound', 'ErrorAccessDenied'),
    complaints: () => [...fake.server.unknown, ...fake.malformed, ...(fake.peak > 4 ? ['more than 4 at once'] : [])],
    close: () => fake.close(),
  }
}

function furnish(fake: FakeOutlookMail) {
  const inbox = fake.addFolder('Inbox', { wellKnown: 'inbox' })
  const archive = fake.addFolder('Archive', { wellKnown: 'archive' })
  const projects = fake.addFolder('Projects', { parent: inbox })
  const plans = fake.addFolder('Plans', { parent: projects })
  fake.addFolder('Unread mail', { isSearch: true })
  const first = fake.add(inbox, 'First')
  const second = fake.add(inbox, 'Second', { body: { contentType: 'text', content: 'About Second' } })
  fake.add(inbox, 'Draft', { isDraft: true, body: { contentType: 'html', content: '' } })
  fake.add(inbox, 'Files', {}, [...filesOf(), textFile('more.txt', 'one more')])
  const plan = fake.add(plans, 'The plan', {}, [textFile('plan.txt', 'the great plan')])
  fake.add(archive, 'Old', { receivedDateTime: '2025-06-01T00:00:00Z' })
  return { inbox, archive, projects, plans, first, second, plan }
}

function truthOf(fake: FakeOutlookMail, config: Config): Truth[] {
  const since = typeof config.after_date === 'string' ? config.after_date : ''
  const wanted = new Set([...fake.folders.keys()].filter(id => isWanted(fake, config, id)))
  const messages = [...fake.messages.values()].filter(
    ({ folder, members }) => wanted.has(folder) && String(members.receivedDateTime) >= since,
  )
  return [
    ...[...wanted].map(id => ({ entityType: 'outlook_mail_folder', id, name: fake.folders.get(id)?.name })),
    ...messages.flatMap(tellMessage),
  ]
}

/** The nearest folder that is named decides. */
function isWanted({ folders }: FakeOutlookMail, config: Config, id: string): boolean {
  if (folders.get(id)?.isSearch) return false
  const { included_folders: included = [], excluded_folders: excluded = [] } = config
  const isNamed = (names: unknown, at: { id: string; name: string }) =>
    Array.isArray(names) && (names.includes(at.id) || names.includes(at.name))
  for (let at = folders.get(id); at; at = folders.get(at.parent)) {
    if (isNamed(excluded, at)) return false
    if (isNamed(included, at)) return true
  }
  return Array.isArray(included) && included.length === 0
}

function tellMessage({ id, members, attachments }: FakeMessage): Truth[] {
  const { content } = members.body as { content: string }
  const text = content.replace(/<\/?b>/g, '**').replace(/<[^>]+>/g, '')
  return [
    { entityType: 'outlook_mail_message', id, name: String(members.subject), text: text || 'Draft' },
    ...attachments.map(file => ({
      entityType: 'outlook_mail_attachment',
      id: `${id}/${file.id}`,
      name: file.name,
      text: textOf(file),
    })),
  ]
}

function textOf({ kind, contentType, content }: FakeAttachment): string | undefined {
  if (kind === 'itemAttachment') return 'secret garden'
  if (kind === 'referenceAttachment' || contentType === 'image/png') return undefined
  return /\w+/.exec(content)?.[0]
}

/** What a person does to a mailbox between two syncs; what a round adds, the next one takes away. */
function createChanges(fake: FakeOutlookMail, { inbox, archive, projects, plans, first, second, plan }: Furniture) {
  let added: string | undefined
  let box: string | undefined
  const kinds: readonly ((round: number) => void)[] = [
    round => fake.changeFolder(plans, { name: `Plans ${round}` }),
    () => fake.move(plan, inbox),
    () => {
      box = fake.addFolder('Box', { parent: projects })
      fake.add(box, 'Boxed', {}, [textFile('boxed.txt', 'in a box')])
      fake.move(plan, box)
    },
    () => {
      fake.move(plan, plans)
      if (box !== undefined) fake.removeFolder(box)
    },
    round => fake.changeFolder(plans, { parent: round % 4 === 0 ? archive : projects }),
    round => fake.edit(plan, { subject: `The plan ${round}` }, [textFile(`plan-${round % 2}.txt`, `plan of ${round}`)]),
    () => {
      fake.move(first, archive)
      fake.move(first, inbox)
    },
    round => fake.mark(plan, { categories: [`of ${round}`] }),
  ]
  return (round: number) => {
    if (added !== undefined) fake.remove(added)
    const folder = round % 2 === 0 ? inbox : archive
    added = fake.add(folder, `New ${round}`, {}, round % 3 === 0 ? [textFile('new.txt', `new in ${round}`)] : [])
    fake.mark(first, { isRead: round % 2 === 0 })
    fake.edit(second, { body: { contentType: 'text', content: `About round ${round}` } })
    kinds[round % kinds.length]?.(round)
  }
}
