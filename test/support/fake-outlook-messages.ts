/** The mailbox behind the fake of Outlook mail: folders, messages, and a log of what each folder would tell. */

export interface FakeMessage {
  id: string
  folder: string
  /** As Graph shows it, but for its id, folder and change keys. */
  members: Record<string, unknown>
  attachments: FakeAttachment[]
}

export interface FakeAttachment {
  id: string
  kind: 'fileAttachment' | 'itemAttachment' | 'referenceAttachment'
  name: string
  contentType: string | null
  content: string
}

export interface FakeFolder {
  id: string
  name: string
  parent: string
  wellKnown?: string
  isSearch?: boolean
}

export type LogEntry = { position: number; folder: string } & (
  | { type: 'whole' | 'removed'; message: string }
  | { type: 'part'; message: string; members: readonly string[] }
  | { type: 'folder'; members: readonly string[] | 'all' }
  | { type: 'folder-removed' }
)

export const rootId = 'root'

export type FakeMessages = ReturnType<typeof createFakeMessages>

export function createFakeMessages() {
  let number = 0
  const folders = new Map<string, FakeFolder>()
  const messages = new Map<string, FakeMessage>()
  const log: LogEntry[] = []
  return { folders, messages, log, addFolder, changeFolder, removeFolder, add, edit, mark, move, remove, truth }

  function addFolder(name: string, more: Partial<FakeFolder> = {}): string {
    const id = `folder+${String(++number).padStart(4, '0')}=`
    folders.set(id, { id, name, parent: rootId, ...more })
    log.push({ position: log.length + 1, folder: id, type: 'folder', members: 'all' })
    return id
  }

  /** Renames or moves; Graph tells of the members that changed. */
  function changeFolder(id: string, changes: Partial<Pick<FakeFolder, 'name' | 'parent'>>): void {
    Object.assign(folderOf(id), changes)
    const members = [
      changes.name === undefined ? [] : ['displayName'],
      changes.parent === undefined ? [] : ['parentFolderId'],
    ]
    log.push({ position: log.length + 1, folder: id, type: 'folder', members: members.flat() })
  }

  /** With everything in and below it, of which nothing is said. */
  function removeFolder(id: string): void {
    folders.delete(id)
    for (const message of [...messages.values()]) if (message.folder === id) messages.delete(message.id)
    for (const folder of [...folders.values()]) if (folder.parent === id) removeSilently(folder.id)
    log.push({ position: log.length + 1, folder: id, type: 'folder-removed' })
  }

  function removeSilently(id: string): void {
    const entries = log.length
    removeFolder(id)
    log.length = entries
  }

  function add(
    folder: string,
    subject: string,
    more: Record<string, unknown> = {},
    attachments: FakeAttachment[] = [],
  ): string {
    const id = `AAkALg${String(++number).padStart(4, '0')}/+=`
    const time = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString()
    const times = { createdDateTime: time, receivedDateTime: time, sentDateTime: time, lastModifiedDateTime: time }
    const members = {
      ...times,
      subject,
      body: { contentType: 'html', content: `<html><body><p>About <b>${subject}</b></p></body></html>` },
      bodyPreview: `About ${subject}`,
      from: person('Ann', 'ann@example.com'),
      sender: person('Ann', 'ann@example.com'),
      toRecipients: [person('Bob', 'bob@example.com')],
      ...{ ccRecipients: [], bccRecipients: [], replyTo: [], categories: [], importance: 'normal' },
      ...{ isRead: false, isDraft: false, hasAttachments: attachments.length > 0, conversationId: `c-${number}` },
      ...{ internetMessageId: `<${number}@example.com>`, flag: { flagStatus: 'notFlagged' } },
      ...{ inferenceClassification: 'focused', webLink: `https://outlook.office365.com/owa/?ItemID=${number}` },
      ...more,
    }
    messages.set(id, { id, folder: folderOf(folder).id, members, attachments })
    tell(folder, { type: 'whole', message: id })
    return id
  }

  /** Changes a message; it is told as a whole. */
  function edit(id: string, changes: Record<string, unknown>, attachments?: FakeAttachment[]): void {
    const message = messageOf(id)
    if (attachments) message.attachments = attachments
    Object.assign(message.members, changes, { hasAttachments: message.attachments.length > 0 })
    tell(message.folder, { type: 'whole', message: id })
  }

  /** Changes a message; nothing but the changed members is told. */
  function mark(id: string, changes: Record<string, unknown>): void {
    const message = messageOf(id)
    Object.assign(message.members, changes)
    tell(message.folder, { type: 'part', message: id, members: Object.keys(changes) })
  }

  function move(id: string, folder: string): void {
    const message = messageOf(id)
    tell(message.folder, { type: 'removed', message: id })
    message.folder = folderOf(folder).id
    tell(folder, { type: 'whole', message: id })
  }

  function remove(id: string): void {
    const { folder } = messageOf(id)
    messages.delete(id)
    tell(folder, { type: 'removed', message: id })
  }

  /** What a message does changes the counts of its folder. */
  function tell(
    folder: string,
    entry: { message: string } & ({ type: 'whole' | 'removed' } | { type: 'part'; members: string[] }),
  ): void {
    log.push({ ...entry, position: log.length + 1, folder })
    log.push({ position: log.length + 1, folder, type: 'folder', members: ['totalItemCount', 'unreadItemCount'] })
  }

  /** By entity: the path of each message and folder, and the message of each attachment. */
  function truth(isWanted: (message: FakeMessage) => boolean = () => true): Record<string, string> {
    const found: Record<string, string> = {}
    for (const message of messages.values()) {
      if (!isWanted(message)) continue
      const place = [...pathOf(message.folder), `${message.members.subject}`].join(' > ')
      found[`outlook_mail_message:${message.id}`] = `${place}${message.members.isRead ? ' (read)' : ''}`
      for (const { id, name } of message.attachments) {
        found[`outlook_mail_attachment:${message.id}/${id}`] = `${place} > ${name}`
      }
    }
    return found
  }

  function pathOf(id: string): string[] {
    const folder = folders.get(id)
    return folder ? [...pathOf(folder.parent), folder.name] : []
  }

  function folderOf(id: string): FakeFolder {
    const folder = folders.get(id)
    if (!folder) throw new Error(`the fake has no folder ${id}`)
    return folder
  }

  function messageOf(id: string): FakeMessage {
    const message = messages.get(id)
    if (!message) throw new Error(`the fake has no message ${id}`)
    return message
  }
}

export function person(name: string, address: string) {
  return { emailAddress: { name, address } }
}
