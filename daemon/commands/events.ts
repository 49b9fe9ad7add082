import { isFailure } from '../../core/errors.ts'
import { type Event, eventTypes } from '../../core/events.ts'
import { alertTypes, notificationOf } from '../../core/webhooks/notification.ts'
import { defineCommand } from '../command-line/command.ts'
import type { CommandContext } from '../command-line/context.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { clean } from '../command-line/text.ts'
import type { EventBody } from '../schemas/event.ts'
import type { Client } from './client.ts'
import type { StreamedEvent } from './event-stream.ts'
import { interruption, pause } from './patience.ts'

export const events = defineCommand({
  name: 'events',
  group: 'read',
  summary: 'what happens, as it comes: runs, and connections that need you; also on the desktop',
  description: [
    'It stays, and goes on where it was when inlet is restarted, so that nothing is missed.',
    'With --notify, each event is a notification on your desktop: by notify-send on Linux, by the system on a Mac. Unless --type names others, that is for what a person wants to be called for, as with --alerts: each trouble once, and its end.',
  ],
  options: {
    alerts: { description: 'only what a person wants to be called for' },
    type: { value: 'TYPE', multiple: true, choices: eventTypes, description: 'only events of this type' },
    notify: { description: 'show each on the desktop' },
    after: { value: 'ID', description: 'what followed on the event with this id, first; all that is kept for 0' },
    limit: { value: 'NUMBER', kind: 'integer', minimum: 1, description: 'end after so many' },
  },
  examples: [
    { command: 'inlet events --notify', says: 'Calls you on your desktop' },
    { command: 'inlet events --json --type job.failed | jq -r .message', says: 'Why runs fail, line by line' },
    {
      command: 'inlet events --type job.completed --limit 1 && echo done',
      says: 'Waits for the next run that is good',
    },
  ],
  exits: { 5: clientExits[5], 7: clientExits[7], 130: 'interrupted' },
  async run({ options }, context) {
    const { alerts, notify, limit, type } = options
    const wanted: readonly string[] = type.length > 0 ? type : alerts || notify ? alertTypes : eventTypes
    let shown = 0
    for await (const { data } of eventsOf(await context.client(), options.after, context)) {
      const body = data as EventBody
      if (!wanted.includes(body.type)) continue
      const { title, message, ...others } = notificationOf(eventIn(body))
      await context.emit(body, `${clean(body.at)}  ${clean(body.type)}  ${clean(title)}: ${clean(message)}`)
      if (notify) await context.notify({ title, message, ...others }).catch(told)
      if (++shown === limit) return
    }

    /** The next one may be shown. */
    function told(error: unknown): void {
      if (!isFailure(error, 'bad_config')) throw error
      context.warn(error.message)
    }
  },
})

/** Also over restarts of inlet. @throws Failure `cancelled` when it is interrupted; `unavailable` where none runs at first */
async function* eventsOf(
  client: Client,
  after: string | undefined,
  { clock, signal, warn }: CommandContext,
): AsyncGenerator<StreamedEvent> {
  let last = after
  let wasOpen = false
  let failed = 0
  const listening = {
    signal,
    onOpen() {
      wasOpen = true
      failed = 0
    },
    onBegin(id: string) {
      last = id
    },
  }
  for (;;) {
    try {
      for await (const event of client.events('/events', { ...listening, after: last })) {
        last = event.id
        yield event
      }
    } catch (error) {
      if (!wasOpen || !isFailure(error, 'unavailable', 'closing')) throw error
      if (failed++ === 0) warn(`${error.message}; waiting for it`)
    }
    if (signal.aborted) throw interruption()
    await pause(clock, Math.min(250 * 2 ** failed, longestPauseMs), signal)
  }
}

/** Between attempts to reach inlet again, in milliseconds. */
const longestPauseMs = 10_000

/** As the library has it; the API's names are the same in another spelling. */
function eventIn(body: EventBody): Event {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [camel(name), value])) as unknown as Event
}
