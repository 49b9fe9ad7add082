/** The sections of a project. */
import { Failure, isFailure, isSkippable } from '../../core/plugin.ts'
import { readList } from './api.ts'
import { sectionEntity } from './entities.ts'
import { sectionFields } from './fields.ts'
import { type Changes, type Project, type Run, sectionType } from './run.ts'

/**
 * Brings the sections up to date. Where one got another name or is gone, the tasks have to be listed: the name is in
 * their breadcrumbs. That is noted before the store could show that nothing is new.
 */
export async function* syncSections(run: Run, project: Project): Changes {
  const state = run.progress.list(project.gid)
  const known = new Map<string, string>()
  for await (const { id, name } of run.context.known({ entityType: sectionType, parent: project.gid }))
    known.set(id, name)
  try {
    const path = `projects/${encodeURIComponent(project.gid)}/sections`
    const sections = (await readList(run.context, [{ path, isOfItem: true }], sectionFields)).map(raw =>
      sectionEntity(raw, project),
    )
    const present = new Map(sections.map(({ id, name }) => [id, name]))
    if ([...known].some(([id, name]) => present.get(id) !== name)) delete state.listedAt
    delete state.owesSections
    yield run.progress.checkpoint()
    for (const entity of sections) yield { type: 'upsert', entity }
    for (const id of known.keys()) if (!present.has(id)) yield { type: 'remove', entityType: sectionType, id }
  } catch (error) {
    run.context.skip({ entityType: sectionType, parent: project.gid }, skippable(error))
    state.owesSections = true
  }
}

/** Apps with granular scopes may not list sections; the tasks name theirs all the same. */
function skippable(error: unknown): unknown {
  if (isSkippable(error) || !isFailure(error, 'scope_missing')) return error
  return new Failure('item_forbidden', error.message, { status: error.status, cause: error })
}
