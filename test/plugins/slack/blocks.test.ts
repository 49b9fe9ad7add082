import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/plugin.ts'
import { attachmentText, blocksText } from '../../../plugins/slack/blocks.ts'

const names = {
  user: (id: string) => (id === 'U1' ? 'Ann' : undefined),
  channel: (id: string) => (id === 'C1' ? 'general' : undefined),
}
const text = (value: string, style?: JsonObject): JsonObject => ({
  type: 'text',
  text: value,
  ...(style ? { style } : {}),
})
const section = (...elements: JsonObject[]): JsonObject => ({ type: 'rich_text_section', elements })
const rich = (...elements: JsonObject[]): JsonObject => ({ type: 'rich_text', elements })
const list = (style: string, indent: number, ...items: string[]): JsonObject => ({
  ...{ type: 'rich_text_list', style, indent },
  elements: items.map(item => section(text(item))),
})

describe('blocks', () => {
  it.each<[string, JsonObject[], string]>([
    [
      'styles stand beside letters, not spaces',
      [
        rich(
          section(
            text('a '),
            text('bold ', { bold: true }),
            text('both', { bold: true, italic: true }),
            text(' x', { code: true }),
          ),
        ),
      ],
      'a **bold** **_both_** `x`',
    ],
    [
      'people, channels and links are readable',
      [
        rich(
          section(
            { type: 'user', user_id: 'U1' },
            text(' in '),
            { type: 'channel', channel_id: 'C1' },
            text(' '),
            { type: 'link', url: 'https://x.test/', text: 'page' },
            text(' '),
            { type: 'broadcast', range: 'here' },
            { type: 'emoji', name: 'wave' },
          ),
        ),
      ],
      '@Ann in #general [page](https://x.test/) @here:wave:',
    ],
    [
      'lists keep their nesting and numbers',
      [rich(list('ordered', 0, 'one', 'two'), list('bullet', 1, 'inner'), list('ordered', 0, 'three'))],
      '1. one\n2. two\n   - inner\n3. three',
    ],
    [
      'quotes and code are kept',
      [
        rich(
          { type: 'rich_text_quote', elements: [text('a\nb')] },
          { type: 'rich_text_preformatted', elements: [text('x *y*\n')] },
        ),
      ],
      '> a\n> b\n```\nx *y*\n```',
    ],
    [
      'what apps compose is readable',
      [
        { type: 'header', text: { type: 'plain_text', text: 'Build &amp; test' } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '*done* by <@U1>' },
          fields: [{ type: 'mrkdwn', text: '*Time:* 5 s' }],
        },
        { type: 'divider' },
        {
          type: 'context',
          elements: [
            { type: 'image', image_url: 'https://x.test/i', alt_text: 'logo' },
            { type: 'mrkdwn', text: 'note' },
          ],
        },
        { type: 'image', image_url: 'https://x.test/a.png', alt_text: 'a chart' },
        { type: 'actions', elements: [] },
      ],
      '### Build & test\n\n**done** by @Ann\n**Time:** 5 s\n\n---\n\nlogo note\n\n[a chart](https://x.test/a.png)',
    ],
    [
      'tables are tables',
      [
        {
          type: 'table',
          rows: [
            [text('a'), text('b|c')],
            [{ ...rich(section(text('1'))) }, text('2')],
          ] as unknown as JsonObject[],
        },
      ],
      '| a | b\\|c |\n| --- | --- |\n| 1 | 2 |',
    ],
    ['what is unknown is left out', [{ type: 'from_the_future', text: 7 }, rich()], ''],
  ])('%s', (_promise, blocks, expected) => {
    expect(blocksText(blocks, names)).toBe(expected)
  })

  it.each<[string, JsonObject, string]>([
    [
      'an unfurled link',
      { service_name: 'Blog', title: 'A post', title_link: 'https://x.test/p', text: 'About *it*', fallback: 'unused' },
      'Blog\n[A post](https://x.test/p)\nAbout **it**',
    ],
    [
      'a shared message',
      { author_name: 'Ann', message_blocks: [{ message: { blocks: [rich(section(text('said')))] } }], text: 'said' },
      'Ann\nsaid',
    ],
    ['fields of an app', { fields: [{ title: 'State', value: 'up &amp; running' }] }, 'State: up & running'],
    ['nothing but a fallback', { fallback: 'plain <https://x.test/|link>' }, 'plain [link](https://x.test/)'],
    ['nothing at all', {}, ''],
  ])('an attachment: %s', (_promise, attachment, expected) => {
    expect(attachmentText(attachment, names)).toBe(expected)
  })
})
