/** An account of each source, to count requests at, in the order of the README's table. */
import { asanaWorld } from './asana.ts'
import { calendarWorld, driveWorld } from './google.ts'
import { oneDriveWorld, outlookCalendarWorld, outlookMailWorld } from './microsoft.ts'
import { gmailWorld, notionWorld, slackWorld } from './prepared.ts'

export const requestWorlds = [
  ...[gmailWorld, driveWorld, calendarWorld, oneDriveWorld, outlookMailWorld, outlookCalendarWorld],
  ...[asanaWorld, slackWorld, notionWorld],
]
