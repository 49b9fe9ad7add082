/** A Notion workspace of pages with a few blocks each. https://developers.notion.com/reference */
import { chanceOf, proseOf, wordsOf } from '../corpus.ts'
import type { Shape } from './shape.ts'

const perPage = 100
const newestMs = 1_760_000_000_000
const blocksPerPage = 8

export function notionShape(count: number): Shape {
  let total = count
  const person = '00000000-0000-4000-8000-ffffffffffff'
  const bodies = new Map<number, string>()
  if (count <= mostPrepared) for (let number = 0; number < count; number++) bodies.set(number, blocksJson(number))

  return {
    answer(path, body) {
      const [route = '', query = ''] = path.split('?')
      const steps = route.replace(/^\/notion\/v1\//, '').split('/')
      switch (steps[0]) {
        case 'search': {
          const { start_cursor: cursor = '0', page_size: size = perPage } = JSON.parse(body || '{}') as Page
          return listOf(Number(cursor), size)
        }
        case 'users':
          return steps[1] === 'me'
            ? json({
                object: 'user',
                id: person,
                type: 'bot',
                name: 'inlet',
                bot: { workspace_name: 'Large', owner: { type: 'workspace', workspace: true } },
              })
            : json({ ...listed, results: [{ object: 'user', id: person, type: 'person', name: 'Ada', person: {} }] })
        case 'pages':
          return json(pageOf(numberOf(steps[1] ?? '')))
        case 'blocks':
          return bodies.get(numberOf(steps[1] ?? '')) ?? blocksJson(numberOf(steps[1] ?? ''))
        case 'comments':
          return json({ ...listed, results: [] })
        default:
          return json({ object: 'error', status: 404, code: 'object_not_found', message: query })
      }
    },
    change(number) {
      total += number
    },
    requests() {
      const requests: { path: string; body?: string; contentType?: string }[] = []
      for (let from = 0; from < count; from += perPage) {
        const body = JSON.stringify({ start_cursor: String(from), page_size: perPage })
        requests.push({ path: '/notion/v1/search', body, contentType: 'application/json' })
      }
      for (let number = 0; number < count; number++) {
        requests.push({ path: `/notion/v1/blocks/${idOf(number)}/children?page_size=100` })
        requests.push({ path: `/notion/v1/comments?block_id=${idOf(number)}&page_size=100` })
      }
      return requests
    },
  }

  /** The newest first, as the search sorts them. */
  function listOf(from: number, size: number): string {
    const to = Math.min(total, from + size)
    return json({
      ...listed,
      results: Array.from({ length: Math.max(0, to - from) }, (_item, index) => pageOf(total - 1 - from - index)),
      ...(to < total ? { has_more: true, next_cursor: String(to) } : {}),
    })
  }

  function pageOf(number: number): object {
    const time = new Date(newestMs - (count - number) * 60_000).toISOString()
    const by = { object: 'user', id: person }
    const name = wordsOf(chanceOf(700_000_000 + number), 5)
    return {
      ...{ object: 'page', id: idOf(number), created_time: time, last_edited_time: time },
      ...{ created_by: by, last_edited_by: by, cover: null, icon: null, archived: false, in_trash: false },
      parent: { type: 'workspace', workspace: true },
      properties: { title: { id: 'title', type: 'title', title: richText(name) } },
      ...{ url: `https://www.notion.so/${idOf(number)}`, public_url: null },
    }
  }
}

interface Page {
  start_cursor?: string
  page_size?: number
}

/** Beyond so many, answers are made when they are asked for. */
const mostPrepared = 50_000

const listed = { object: 'list', has_more: false, next_cursor: null, type: 'page_or_data_source' }

function blocksJson(number: number): string {
  const chance = chanceOf(800_000_000 + number)
  const results = Array.from({ length: blocksPerPage }, (_block, index) => {
    const type = index === 0 ? 'heading_2' : index % 4 === 3 ? 'bulleted_list_item' : 'paragraph'
    return {
      ...{ object: 'block', id: idOf(number * 100 + index + 1_000_000_000), has_children: false, type },
      ...{ created_time: '2025-01-01T00:00:00.000Z', last_edited_time: '2025-01-01T00:00:00.000Z' },
      ...{ archived: false, in_trash: false, parent: { type: 'page_id', page_id: idOf(number) } },
      [type]: { rich_text: richText(index === 0 ? wordsOf(chance, 5) : proseOf(chance, 25)), color: 'default' },
    }
  })
  return json({ ...listed, results })
}

function richText(content: string): object[] {
  const annotations = {
    bold: false,
    italic: false,
    strikethrough: false,
    underline: false,
    code: false,
    color: 'default',
  }
  return [{ type: 'text', text: { content, link: null }, annotations, plain_text: content, href: null }]
}

function idOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
}

function numberOf(id: string): number {
  return Number.parseInt(id.slice(-12), 16)
}

function json(value: object): string {
  return JSON.stringify(value)
}
