/** Notifications on the desktop of whoever sits there. */
import { spawn } from 'node:child_process'
import { Failure } from '../../core/errors.ts'
import type { Notification } from '../../core/webhooks/notification.ts'
import { clean } from './text.ts'

/** @throws Failure `bad_config` where the program that shows them is not there, or fails */
export type Notify = (notification: Notification) => Promise<void>

/** `notify-send` is of every Linux desktop (libnotify), `osascript` of every Mac. */
export function notifierFor(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): Notify {
  return ({ title, message, urgency }) => {
    const [first, second] = [clean(title), clean(message)]
    if (platform === 'darwin') return run('osascript', [...script, first, second], environment)
    const level = urgency === 'high' ? 'critical' : urgency
    return run('notify-send', ['--app-name=inlet', `--urgency=${level}`, '--', first, plain(second)], environment)
  }
}

/** Texts are arguments, and never part of the script. */
const script = [
  ...['-e', 'on run texts'],
  ...['-e', 'display notification (item 2 of texts) with title (item 1 of texts)'],
  ...['-e', 'end run', '--'],
]

/** The body may have markup (Desktop Notifications Specification): what a provider has said must be none. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function run(program: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'ignore', env })
    child.once('error', cause => {
      const hint = program === 'notify-send' ? ': install it (Debian and Ubuntu: libnotify-bin; others: libnotify)' : ''
      reject(new Failure('bad_config', `${program} cannot be run${hint}`, { cause }))
    })
    child.once('close', code => {
      if (code === 0) resolve()
      else reject(new Failure('bad_config', `${program} ended with ${code}: is there a desktop?`))
    })
  })
}
