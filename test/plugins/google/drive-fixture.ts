/** A small Google Drive for the source suite: My Drive and shared drives, every kind of file, and changes to them. */
import type { Config } from '../../../core/plugin.ts'
import { createFakeDrive } from '../../support/fake-drive.ts'
import type { FakeDriveFile } from '../../support/fake-drive-files.ts'
import type { Fixture, Truth } from '../../support/source-suite/index.ts'
import { furnish } from './drive-world.ts'
import { serve } from './google-fixture.ts'

const native = 'application/vnd.google-apps'

export async function startDrive(): Promise<Fixture> {
  const fake = createFakeDrive()
  fake.drivesPageSize = 1
  let forgetful = false
  let lastAdded: string | undefined
  const served = await serve(fake.routes, () => forgetful)
  const { docs, plans, photos, note, plan } = furnish(fake)
  for (const { id, name } of [...fake.files.values()]) {
    if (/^(photo-[1-4]|budget|draft)/.test(name)) fake.delete(id)
    else if (name === 'photo-0.txt') fake.change(id, { content: 'what the photo shows' })
  }
  fake.add({ name: 'letter', mimeType: `${native}.document`, content: '# Dear friend' })
  fake.add({ name: 'sheet', mimeType: `${native}.spreadsheet`, content: 'name,count\napples,7\n', parents: [docs] })
  fake.add({ name: 'slides', mimeType: `${native}.presentation`, content: 'the first slide', parents: [photos, docs] })
  fake.add({ name: 'link', mimeType: `${native}.shortcut`, more: { shortcutDetails: { targetId: plan } } })
  fake.add({ name: 'theirs.txt', content: 'what another person shares', parents: [] })
  fake.add({ name: 'film.mp4', mimeType: 'video/mp4', content: 'not a text' })
  const large = { size: String(30 * 1024 * 1024), description: 'too large to be read' }
  const tooLarge = fake.add({ name: 'large.txt', content: 'unseen', parents: [docs], more: large })
  fake.add({ name: 'thrown away.txt', content: 'unseen', isTrashed: true })
  fake.add({ name: 'no longer shared.txt', content: 'unseen', isHidden: true })
  const team = fake.addDrive('Team')
  const work = fake.folder('Work', team)
  const ours = fake.add({ name: 'ours.txt', content: 'what is ours', parents: [work], isOpened: true })
  const archive = fake.addDrive('Archive')
  fake.add({ name: 'old.txt', content: 'what is old', parents: [archive] })

  const moreChanges: readonly ((round: number) => void)[] = [
    round => fake.change(docs, { name: `Docs ${round}` }),
    () => fake.change(plans, { parents: [photos] }),
    () => fake.change(photos, { isTrashed: true }),
    () => fake.change(note, { parents: [work] }),
    () => fake.change(photos, { isTrashed: false }),
    round => fake.drives.set(team, `Crew ${round}`),
    () => fake.change(plans, { parents: [docs] }),
    () => fake.change(ours, { isHidden: true }),
    () => fake.drives.delete(archive),
    () => fake.change(work, { parents: [photos] }),
    () => fake.change(ours, { isHidden: false }),
    () => fake.drives.set(archive, 'Archive'),
    () => fake.change(work, { parents: [team] }),
    () => fake.change(note, { parents: [fake.rootId] }),
    () => fake.change(docs, { name: 'Docs' }),
  ]
  const paged = { next: ['nextPageToken'], parameter: 'pageToken' }
  return {
    ...served,
    complaints: () => [...served.complaints(), ...served.asked(new RegExp(`/files/${tooLarge}$`))],
    config: { include_shared_drives: true },
    filters: [
      {},
      { include_shared_drives: true, include_patterns: ['Docs*/**', '/Work/*'] },
      { include_patterns: ['Docs*/**'], max_file_mb: 29 },
    ],
    truth,
    change(round) {
      const content = `what is new in round ${round}`
      if (lastAdded === undefined) fake.delete(fake.add({ name: 'brief.txt' }))
      else fake.delete(lastAdded)
      lastAdded = fake.add({ name: `new ${round}.txt`, content, parents: [docs] })
      fake.change(plan, { name: `plan ${round}.txt`, content: `the plan of round ${round}` })
      moreChanges[round % moreChanges.length]?.(round)
    },
    uncheckable: /\/export$/,
    expireCursors() {
      fake.epoch++
      forgetful = true
    },
    isFile: ({ pathname, searchParams }) => searchParams.get('alt') === 'media' || pathname.endsWith('/export'),
    paging: [
      { path: /\/drives$/, items: ['drives'], ...paged },
      { path: /\/files$/, items: ['files'], ...paged },
      { path: /\/changes$/, items: ['changes'], ...paged, last: ['newStartPageToken'] },
    ],
  }

  function truth(config: Config): Truth[] {
    const isShared = config.include_shared_drives === true
    const drives = [...(isShared ? fake.drives : []), [fake.rootId, 'My Drive']] as const
    return [
      ...drives.map(([id, name]) => ({ entityType: 'google_drive_drive', id, name })),
      ...[...fake.truth()].flatMap(([id, { path }]) => {
        const file = fake.files.get(id)
        if (!file || (file.driveId && !isShared)) return []
        return isAsked(config, path) ? [truthOf(file)] : []
      }),
    ]
  }
}

function isAsked({ include_patterns: patterns }: Config, path: string): boolean {
  const relative = path.slice(path.indexOf('/') + 1)
  if (!Array.isArray(patterns)) return true
  return patterns.some(pattern => {
    const source = String(pattern).replace(/^\//, '').replaceAll('*', '[^/]*').replaceAll('[^/]*[^/]*', '.*')
    return new RegExp(`^${source}$`).test(relative)
  })
}

function truthOf({ id, name, mimeType, content, more }: FakeDriveFile): Truth {
  const description = typeof more?.description === 'string' ? more.description : undefined
  const isText = !/video|shortcut/.test(mimeType)
  const words = /\w[\w ]*/.exec(content)?.[0]
  return { entityType: 'google_drive_file', id, name, text: description ?? (isText ? words : undefined) }
}
