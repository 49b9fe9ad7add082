import { describe, it } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { expectQuiet, expectTruth, openOffice, type Things, type Wanted } from './office.ts'

type Filter = (things: Things) => { config: Config; wanted: Wanted }

const filters: readonly (readonly [string, Filter])[] = [
  ['a workspace by name', t => ({ config: { workspaces: [' acme '] }, wanted: { workspace: gid => gid === t.acme } })],
  [
    'projects by id and name',
    t => ({
      config: { projects: [t.launch, 'Garden'] },
      wanted: { project: gid => gid === t.launch || gid === t.garden, loose: false },
    }),
  ],
  [
    'both',
    t => ({
      config: { workspaces: ['Home'], projects: ['Garden', 'Site'] },
      wanted: { workspace: gid => gid === t.home, project: gid => gid === t.garden, loose: false },
    }),
  ],
]

describe('a filter', () => {
  it.each(filters)('holds for %s, in a listing and in what follows alike', async (_name, filter) => {
    const office = await openOffice()
    const { harness, world, things, fake } = office
    const { config, wanted } = filter(things)
    await harness.configure(config)
    await harness.run()
    await expectTruth(office, wanted)

    world.changeTask(things.shared, { notes: 'changed' })
    world.removeFromProject(things.shared, things.launch)
    world.addToProject(things.weeds, things.garden)
    world.addTask(things.acme, { name: 'Added', project: things.attic, assignee: things.me })
    world.setParent(things.errand, things.plan)
    world.comment(things.relic, 'said')
    await harness.run()
    await expectTruth(office, wanted)

    world.addToProject(things.shared, things.launch)
    world.removeFromProject(things.shared, things.site)
    world.setParent(things.errand, null)
    fake.expireSyncTokens()
    await harness.run()
    await expectTruth(office, wanted)
    await expectQuiet(office)
  })

  it('by name follows what is renamed into it and out of it', async () => {
    const office = await openOffice()
    const { harness, world, things } = office
    await harness.configure({ projects: ['Launch'] })
    const only = (project: string) => ({
      workspace: (gid: string) => gid === things.acme,
      project: (gid: string) => gid === project,
      loose: false,
    })
    await harness.run()
    await expectTruth(office, only(things.launch))
    world.changeProject(things.launch, { name: 'Landing' })
    world.changeProject(things.site, { name: 'Launch' })
    await harness.run()
    await expectTruth(office, only(things.site))
    await expectQuiet(office)
  })
})
