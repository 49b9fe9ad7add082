/** Labels by id and by the name a person sees. */
import { type Api, isFailure } from '../../core/plugin.ts'

export interface Labels {
  /** Names of the person's own labels by id; Gmail's own ones have fixed names and are not among them. */
  own: Readonly<Record<string, string>>
  /** Whether Gmail said which labels there are; else any id may be one. */
  known: boolean
}

/** All labels of the account; none where a server has no list of them. */
export async function readLabels(api: Api, mailbox: string): Promise<Labels> {
  try {
    const { labels = [] } = await api.get<{ labels?: { id: string; name?: string }[] }>(`${mailbox}/labels`)
    // Gmail always has labels of its own: a list without any tells nothing.
    const known = labels.length > 0
    const own = labels.filter(({ id }) => systemNames[id] === undefined)
    return { own: Object.fromEntries(own.map(({ id, name }) => [id, name ?? id])), known }
  } catch (error) {
    if (isFailure(error, 'item_missing')) return { own: {}, known: false }
    throw error
  }
}

export function labelName(labels: Labels, id: string): string {
  return systemNames[id] ?? labels.own[id] ?? id
}

/** The id of a label that is named by id or by visible name, in any case; `undefined` if there is none. */
export function labelId(labels: Labels, named: string): string | undefined {
  const system = Object.keys(systemNames)
  if (system.includes(named) || labels.own[named] !== undefined) return named
  const wanted = named.toLowerCase()
  const own = Object.entries(labels.own).find(([, name]) => name.toLowerCase() === wanted)
  if (own) return own[0]
  const found = system.find(id => id.toLowerCase() === wanted || systemNames[id]?.toLowerCase() === wanted)
  return found ?? (labels.known ? undefined : named)
}

/** Ids of labels that were made, renamed or deleted since: messages that bear them read differently now. */
export function renamedLabels(before: Readonly<Record<string, string>>, now: Labels): string[] {
  if (!now.known) return []
  return Object.keys({ ...before, ...now.own }).filter(id => before[id] !== now.own[id])
}

/** https://developers.google.com/workspace/gmail/api/guides/labels: ids that are the same for everybody. */
const systemNames: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  SENT: 'Sent',
  DRAFT: 'Drafts',
  TRASH: 'Trash',
  SPAM: 'Spam',
  STARRED: 'Starred',
  IMPORTANT: 'Important',
  UNREAD: 'Unread',
  CHAT: 'Chat',
  CATEGORY_PERSONAL: 'Primary',
  CATEGORY_SOCIAL: 'Social',
  CATEGORY_PROMOTIONS: 'Promotions',
  CATEGORY_UPDATES: 'Updates',
  CATEGORY_FORUMS: 'Forums',
}
