import { describe, expect, it } from 'vitest'
import { type Event, eventTypes } from '../../../core/events.ts'
import { alertTypes, notificationOf } from '../../../core/webhooks/notification.ts'
import { ntfyMessage, problemOfTopic } from '../../../core/webhooks/ntfy.ts'
import { payloadOf } from '../../../core/webhooks/payload.ts'
import { webhookPayloadSchema } from '../../../daemon/schemas/event.ts'
import { eventBody } from '../../../daemon/views/event.ts'
import { everyEvent } from '../../support/every-event.ts'

const events: Event[] = everyEvent()

it('every type of event is told in words, to programs and to people, and described', () => {
  expect(events.map(({ type }) => type)).toEqual(eventTypes)
  for (const event of events) {
    const payload = JSON.parse(payloadOf(event)) as { data: object }
    expect(webhookPayloadSchema.safeParse(payload).error).toBeUndefined()
    // What is sent is what GET /events tells.
    const { type, id: _id, at: timestamp, ...data } = eventBody(event)
    expect(payload).toEqual({ type, timestamp, data })
    const { title, message } = notificationOf(event)
    expect([title, message].join(' ')).not.toMatch(/undefined|null|\[object/)
    expect([title.length > 4, message.length > 4]).toEqual([true, true])
  }
  expect(eventTypes).toEqual(expect.arrayContaining([...alertTypes]))
})

describe('ntfy', () => {
  const notification = notificationOf(events[0] as Event)

  it.each([
    ['https://ntfy.sh/my-topic', 'https://ntfy.sh/', 'my-topic'],
    ['https://ntfy.sh/my-topic/', 'https://ntfy.sh/', 'my-topic'],
    ['http://192.168.1.5:8080/home_alerts', 'http://192.168.1.5:8080/', 'home_alerts'],
    ['https://example.com/ntfy/alerts', 'https://example.com/ntfy/', 'alerts'],
  ])('takes messages for %s at %s', (address, root, topic) => {
    const { url, body } = ntfyMessage(address, notification)
    expect(problemOfTopic(address)).toBeUndefined()
    expect(url).toBe(root)
    expect(JSON.parse(body)).toEqual({
      topic,
      title: notification.title,
      message: notification.message,
      priority: expect.any(Number),
      tags: [notification.emoji],
    })
  })

  it.each(['https://ntfy.sh/', 'https://ntfy.sh/a?auth=x', `https://ntfy.sh/${'a'.repeat(65)}`, 'https://ntfy.sh/ä'])(
    'has no topic at %s',
    address => expect(problemOfTopic(address)).toMatch(/topic/),
  )

  it('is sent no more than a notification holds, whatever the letters', () => {
    for (const letter of ['a', 'ä', '日', '🙂']) {
      const { body } = ntfyMessage('https://ntfy.sh/t', { ...notification, message: letter.repeat(5000) })
      const { message } = JSON.parse(body) as { message: string }
      expect(Buffer.byteLength(message)).toBeLessThan(4000)
      expect(message.replaceAll(letter, '')).toBe('…')
    }
  })
})
