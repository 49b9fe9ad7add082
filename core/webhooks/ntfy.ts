/** Notifications by way of ntfy, published as JSON (https://docs.ntfy.sh/publish/#publish-as-json). */
import type { Notification } from './notification.ts'

/** ntfy takes longer texts for attached files. */
const mostBytes = 3500
const priorities = { low: 2, normal: 3, high: 4 } as const

/** @param topicUrl as a person subscribes to it, such as `https://ntfy.sh/my-topic` */
export function ntfyMessage(topicUrl: string, { title, message, urgency, emoji }: Notification) {
  const { root, topic } = placeOf(topicUrl)
  const body = { topic, title, message: shorten(message), priority: priorities[urgency], tags: [emoji] }
  return { url: root, body: JSON.stringify(body) }
}

/** What keeps an address from being that of a topic, if anything. */
export function problemOfTopic(url: string): string | undefined {
  const { topic } = placeOf(url)
  if (new URL(url).search !== '') return 'must be the address of a topic, without a query'
  return /^[-\w]{1,64}$/.test(topic) ? undefined : 'must be the address of a topic, such as https://ntfy.sh/my-topic'
}

/** JSON is published at the server's root. */
function placeOf(topicUrl: string): { root: string; topic: string } {
  const { pathname } = new URL(topicUrl)
  const topic = pathname.replace(/\/$/, '').split('/').at(-1) ?? ''
  return { root: new URL(topicUrl.endsWith('/') ? '..' : '.', topicUrl).href, topic }
}

function shorten(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= mostBytes) return text
  return `${bytes
    .subarray(0, mostBytes)
    .toString()
    .replace(/\uFFFD$/, '')}…`
}
