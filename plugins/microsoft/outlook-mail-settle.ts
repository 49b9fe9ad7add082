/**
 * Decides about messages that a folder has let go. With ids that outlive a move, the folder it went to may show it
 * before, after or not at all, and one that came back is not shown again; so each is asked for by its id.
 * https://github.com/microsoftgraph/microsoft-graph-docs/issues/21752
 */
import { checkpoint, type MailChanges } from './outlook-mail-cursor.ts'
import {
  type Arrival,
  applyMessages,
  arrivalsOf,
  heldMessage,
  keepMessage,
  type Mailbox,
  readMessages,
  removeMessage,
} from './outlook-mail-mailbox.ts'
import { folderOf, type Message } from './outlook-mail-message.ts'

/** More than this are not put off: the cursor would grow. */
export const mostLeaving = 500
const atOnce = 100

export function isTimeToSettle({ cursor, settleAt }: Mailbox): boolean {
  return Object.keys(cursor.leaving).length >= settleAt
}

export async function* settle(mailbox: Mailbox): MailChanges {
  const { cursor } = mailbox
  const ids = Object.keys(cursor.leaving)
  for (let start = 0; start < ids.length; start += atOnce) {
    yield* settleSome(mailbox, ids.slice(start, start + atOnce))
    yield checkpoint(cursor)
  }
  // What could not be asked for is left, and is not asked for again at every page.
  mailbox.settleAt = Object.keys(cursor.leaving).length + mostLeaving
}

async function* settleSome(mailbox: Mailbox, ids: readonly string[]): MailChanges {
  const { cursor } = mailbox
  const asked: string[] = []
  for (const id of ids) {
    // What the store has from before a full listing says nothing yet.
    if (!cursor.full && (await hasArrivedElsewhere(mailbox, id))) delete cursor.leaving[id]
    else asked.push(id)
  }
  if (asked.length === 0) return
  const answers = await readMessages(mailbox, asked)
  const arrivals: Arrival[] = []
  for (const [index, id] of asked.entries()) {
    const answer = answers[index]
    if (answer && 'body' in answer) arrivals.push(...arrivalsOf(mailbox, id, answer.body as Message))
    else if (answer?.failure.code === 'item_missing') {
      // A server that does not give single messages has shown it in its folder.
      if (await hasArrivedElsewhere(mailbox, id)) delete cursor.leaving[id]
      else yield* removeMessage(mailbox, id)
    } else if (answer) keepMessage(mailbox, id, answer.failure)
  }
  yield* applyMessages(mailbox, arrivals, { isListing: true, isFresh: false })
}

/** Another folder has shown it: that is where the store has it. */
async function hasArrivedElsewhere({ context, cursor, isWanted }: Mailbox, id: string): Promise<boolean> {
  const held = await heldMessage(context, id)
  const at = held && folderOf(held)
  return at !== undefined && !cursor.leaving[id]?.includes(at) && isWanted(at)
}
