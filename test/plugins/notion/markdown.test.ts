import type { RichTextItemResponse } from '@notionhq/client'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/plugin.ts'
import type { Block } from '../../../plugins/notion/block-tree.ts'
import { markdown } from '../../../plugins/notion/markdown.ts'
import { richText } from '../../../plugins/notion/rich-text.ts'
import { text } from '../../support/fake-notion-objects.ts'

let count = 0
function block(type: string, content: object = {}, children: Block[] = []): Block {
  const id = `block-${++count}`
  return { id, type, raw: { id, type }, content: { ...content } as JsonObject, container: 'page', children }
}

function said(...words: (string | RichTextItemResponse)[]): { rich_text: RichTextItemResponse[] } {
  return { rich_text: words.map(word => (typeof word === 'string' ? text(word) : word)) }
}

const names = {
  user: (id: string) => (id === 'user-ann' ? 'Ann' : undefined),
  refer: (id: string, title: string) => `<${id}|${title}>`,
}
const write = (...blocks: Block[]) => markdown(blocks, { ...names, pageUrl: 'https://www.notion.so/page' })
const marked = (content: string, marks: object) => text(content, { annotations: { ...text('').annotations, ...marks } })
const caption = (words: string) => ({ caption: [text(words)] })
const external = (url: string) => ({ type: 'external', external: { url } })

describe('blocks', () => {
  const cases: [string, Block[], string][] = [
    [
      'paragraphs',
      [block('paragraph', said('one')), block('paragraph', said()), block('paragraph', said('two'))],
      'one\n\ntwo',
    ],
    ['indented paragraphs', [block('paragraph', said('one'), [block('paragraph', said('in'))])], 'one\n\nin'],
    [
      'headings, toggled ones with what they hide',
      [
        block('heading_1', said('A')),
        block('heading_2', said('B')),
        block('heading_3', { ...said('C'), is_toggleable: true }, [block('paragraph', said('c'))]),
        block('heading_4', said('D')),
      ],
      '# A\n\n## B\n\n### C\n\nc\n\n#### D',
    ],
    [
      'lists in lists',
      [
        block('bulleted_list_item', said('a'), [
          block('numbered_list_item', said('a1'), [block('paragraph', said('more'))]),
          block('numbered_list_item', said('a2')),
        ]),
        block('bulleted_list_item', said('b')),
        block('numbered_list_item', said('n')),
      ],
      '- a\n  1. a1\n\n     more\n  2. a2\n- b\n\n1. n',
    ],
    [
      'numbers that begin anew after something else, or where they are told to',
      [
        block('numbered_list_item', said('x')),
        block('numbered_list_item', said('y')),
        block('divider'),
        block('numbered_list_item', { ...said('z'), list_start_index: 7 }),
        block('numbered_list_item', said('w')),
      ],
      '1. x\n2. y\n\n---\n\n7. z\n8. w',
    ],
    [
      'things to do',
      [
        block('to_do', { ...said('done'), checked: true }, [block('to_do', said('part'))]),
        block('to_do', { ...said('open'), checked: false }),
      ],
      '- [x] done\n  - [ ] part\n- [ ] open',
    ],
    [
      'toggles',
      [block('toggle', said('more'), [block('paragraph', said('inside')), block('paragraph', said('twice'))])],
      '- more\n\n  inside\n\n  twice',
    ],
    ['quotes', [block('quote', said('a\nb'), [block('paragraph', said('c'))])], '> a\n> b\n>\n> c'],
    ['callouts', [block('callout', { ...said('mind'), icon: { type: 'emoji', emoji: '💡' } })], '> 💡 mind'],
    [
      'code',
      [block('code', { ...said('let a = 1\n'), language: 'javascript', ...caption('why') })],
      '```javascript\nlet a = 1\n```\n\nwhy',
    ],
    ['code with fences in it', [block('code', { ...said('```x```'), language: 'plain text' })], '````\n```x```\n````'],
    ['equations', [block('equation', { expression: 'e=mc^2' })], '$$\ne=mc^2\n$$'],
    [
      'tables with a header',
      [
        block('table', { table_width: 2, has_column_header: true, has_row_header: true }, [
          block('table_row', { cells: [[text('k')], [text('v')]] }),
          block('table_row', { cells: [[text('a|b')], [text('1\n2')]] }),
          block('table_row', { cells: [[], []] }),
        ]),
      ],
      '| **k** | v |\n| --- | --- |\n| **a\\|b** | 1 2 |\n|  |  |',
    ],
    [
      'tables without one',
      [block('table', { table_width: 1, has_column_header: false }, [block('table_row', { cells: [[text('a')]] })])],
      '|  |\n| --- |\n| a |',
    ],
    [
      'columns',
      [
        block('column_list', {}, [
          block('column', {}, [block('paragraph', said('left'))]),
          block('column', {}, [block('paragraph', said('right'))]),
        ]),
      ],
      'left\n\nright',
    ],
    ['synced blocks', [block('synced_block', { synced_from: null }, [block('paragraph', said('shared'))])], 'shared'],
    ['templates', [block('template', said('Add'), [block('to_do', said('x'))])], 'Add\n\n- [ ] x'],
    [
      'meeting notes',
      [block('meeting_notes', { title: [text('Monday')] }, [block('paragraph', said('notes'))])],
      'Monday\n\nnotes',
    ],
    [
      'tabs',
      [block('tab', {}, [block('paragraph', said('tab'), [block('paragraph', said('in it'))])])],
      'tab\n\nin it',
    ],
    [
      'bookmarks',
      [block('bookmark', { url: 'https://a.example/', ...caption('A [site]') })],
      '[A \\[site\\]](https://a.example/)',
    ],
    ['embeds', [block('embed', { url: 'https://a.example/(x) y', caption: [] })], 'https://a.example/(x) y'],
    ['link previews', [block('link_preview', { url: 'https://b.example/' })], 'https://b.example/'],
    [
      'images elsewhere',
      [block('image', { ...external('https://a.example/cat.png'), ...caption('a cat') })],
      '![a cat](https://a.example/cat.png)',
    ],
    [
      'videos elsewhere',
      [block('video', { ...external('https://a.example/clip.mp4'), caption: [] })],
      '[clip.mp4](https://a.example/clip.mp4)',
    ],
    [
      'files that Notion keeps, by the place they have in the page',
      [
        block('pdf', {
          type: 'file',
          file: { url: 'https://s3.example/a/Plan%20B.pdf?signature=1', expiry_time: '2030' },
          ...caption('the plan'),
        }),
      ],
      `[Plan B.pdf](https://www.notion.so/page#${'ID'})\n\nthe plan`,
    ],
    [
      'audio',
      [block('audio', { ...external('https://a.example/a.mp3'), caption: [] })],
      '[a.mp3](https://a.example/a.mp3)',
    ],
    [
      'files with a name',
      [block('file', { ...external('https://a.example/x'), name: 'notes.txt', caption: [] })],
      '[notes.txt](https://a.example/x)',
    ],
    [
      'links to pages',
      [
        block('link_to_page', { type: 'page_id', page_id: 'p' }),
        block('link_to_page', { type: 'database_id', database_id: 'd' }),
      ],
      '<p|>\n\n<d|>',
    ],
    [
      'nothing for what has no words',
      [
        block('table_of_contents'),
        block('breadcrumb'),
        block('unsupported', { block_type: 'ai' }),
        block('paragraph', said('x')),
      ],
      'x',
    ],
    [
      'kinds to come, as far as they have words',
      [block('new_kind', said('words'), [block('paragraph', said('more'))])],
      'words\n\nmore',
    ],
  ]

  it.each(cases)('become Markdown: %s', (_name, blocks, expected) => {
    expect(write(...blocks)).toBe(expected.replace('ID', (blocks[0]?.id ?? '').replaceAll('-', '')))
  })

  it('become links where they are pages and databases', () => {
    const [page, database] = [block('child_page', { title: 'P' }), block('child_database', { title: 'D' })]
    expect(write(page, database)).toBe(`<${page.id}|P>\n\n<${database.id}|D>`)
  })
})

describe('rich text', () => {
  const mention = (mention: object, plain_text: string) =>
    text(plain_text, { type: 'mention', mention } as Partial<RichTextItemResponse>)
  const cases: [string, RichTextItemResponse[], string][] = [
    [
      'marks',
      [
        marked('b', { bold: true }),
        text(' '),
        marked('i', { italic: true }),
        text(' '),
        marked('s', { strikethrough: true }),
        text(' '),
        marked('c', { code: true }),
      ],
      '**b** _i_ ~~s~~ `c`',
    ],
    [
      'marks on neighbours, as one',
      [marked('a ', { bold: true }), marked('b', { bold: true, color: 'red' })],
      '**a b**',
    ],
    ['marks on the letters, not on the spaces', [marked(' a ', { bold: true, italic: true }), text('b')], ' **_a_** b'],
    ['code with a tick', [marked('a`b', { code: true })], '`` a`b ``'],
    [
      'links',
      [text('site', { type: 'text', text: { content: 'site', link: { url: 'https://a.example/' } } })],
      '[site](https://a.example/)',
    ],
    [
      'links within the workspace',
      [text('it', { type: 'text', text: { content: 'it', link: { url: '/abc' } } })],
      '[it](https://www.notion.so/abc)',
    ],
    ['equations', [text('x', { type: 'equation', equation: { expression: 'x^2' } })], '$x^2$'],
    ['people', [mention({ type: 'user', user: { object: 'user', id: 'user-ann' } }, '@Anonymous')], '@Ann'],
    [
      'people whose name comes along',
      [mention({ type: 'user', user: { object: 'user', id: 'x', name: 'Ben' } }, '@Ben')],
      '@Ben',
    ],
    ['people nobody knows', [mention({ type: 'user', user: { object: 'user', id: 'x' } }, '@Someone')], '@Someone'],
    ['pages', [mention({ type: 'page', page: { id: 'p' } }, 'Plan')], '<p|Plan>'],
    ['databases', [mention({ type: 'database', database: { id: 'd' } }, 'Tasks')], '<d|Tasks>'],
    [
      'dates',
      [mention({ type: 'date', date: { start: '2026-01-01', end: '2026-01-02', time_zone: 'Europe/Paris' } }, 'x')],
      '2026-01-01 → 2026-01-02 (Europe/Paris)',
    ],
    [
      'link mentions',
      [mention({ type: 'link_mention', link_mention: { href: 'https://a.example/', title: 'A' } }, 'x')],
      '[A](https://a.example/)',
    ],
    [
      'link previews',
      [mention({ type: 'link_preview', link_preview: { url: 'https://a.example/' } }, 'https://a.example/')],
      'https://a.example/',
    ],
    [
      'templates',
      [mention({ type: 'template_mention', template_mention: { type: 'template_mention_user' } }, '@Me')],
      '@Me',
    ],
    [
      'emoji of the workspace',
      [mention({ type: 'custom_emoji', custom_emoji: { id: 'e', name: 'bufo', url: 'x' } }, ':bufo:')],
      ':bufo:',
    ],
  ]

  it.each(cases)('keeps %s', (_name, items, expected) => {
    expect(richText(items as unknown as JsonObject[], names)).toBe(expected)
  })
})
