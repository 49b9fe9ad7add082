/** New names of people and channels, brought into what the store holds without asking Slack again. */
import type { Change, Known } from '../../core/plugin.ts'
import { putMessage } from './file.ts'
import { messageCrumb, messageEntity, trimMessage } from './message.ts'
import type { SlackCursor } from './progress.ts'
import { channelOf, messageType, type Run } from './run.ts'

/**
 * Writes every message anew that shows a renamed person or channel. It comes when the history is read, so that nothing
 * is written twice that was edited, too.
 */
export async function* applyRenames(run: Run): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  const { context, progress } = run
  if (progress.renamed.size === 0) return
  // A thread's first message comes before its replies, whose breadcrumbs show its name.
  const retitled = new Map<string, string>()
  for await (const known of context.known({ entityType: messageType })) {
    const channel = run.channels.get(channelOf(known.id))
    const raw = trimMessage(known.raw ?? {})
    const crumb = known.breadcrumbs[1]
    const title = crumb && retitled.get(crumb.entityId)
    if (!channel || !raw || (title === undefined && !shows(known, progress.renamed))) continue
    const parent = crumb && { ...crumb, name: title ?? crumb.name }
    const entity = messageEntity(raw, { ...run, channel, parent })
    if (entity.name !== known.name) retitled.set(entity.id, messageCrumb(entity).name)
    yield* putMessage(run, entity, known.raw)
  }
  progress.renamed.clear()
  yield progress.checkpoint()
}

function shows({ breadcrumbs, raw }: Known, ids: ReadonlySet<string>): boolean {
  if (breadcrumbs.some(({ entityId }) => ids.has(entityId))) return true
  // Mentions hide in texts, blocks and attachments alike; an id is at least nine characters, so a chance hit is rare.
  const text = JSON.stringify(raw)
  return [...ids].some(id => text.includes(id))
}
