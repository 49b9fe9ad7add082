import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/plugin.ts'
import { propertiesText } from '../../../plugins/notion/properties.ts'
import { text } from '../../support/fake-notion-objects.ts'

const names = {
  user: (id: string) => (id === 'user-ann' ? 'Ann' : undefined),
  refer: (id: string, title: string) => `<${id}|${title}>`,
  title: (id: string) => (id === 'page-1' ? 'Plan' : undefined),
}

describe('properties', () => {
  it('of every kind are read, the empty ones left out', () => {
    const person = { object: 'user', id: 'user-ann' }
    const date = { start: '2026-01-01', end: null, time_zone: null }
    const properties = {
      Title: { type: 'title', title: [text('not here')] },
      Text: {
        type: 'rich_text',
        rich_text: [text('bold', { annotations: { ...text('').annotations, bold: true } }), text('\nline')],
      },
      Number: { type: 'number', number: 0 },
      Nothing: { type: 'number', number: null },
      Select: { type: 'select', select: { name: 'One' } },
      Multi: { type: 'multi_select', multi_select: [{ name: 'A' }, { name: 'B' }] },
      Status: { type: 'status', status: { name: 'Done' } },
      Date: { type: 'date', date },
      People: {
        type: 'people',
        people: [person, { object: 'user', id: 'x', name: 'Ben' }, { object: 'user', id: 'y' }],
      },
      Files: {
        type: 'files',
        files: [
          { name: 'a.txt', type: 'file', file: {} },
          { name: 'b', type: 'external', external: { url: 'https://b.example/' } },
        ],
      },
      Check: { type: 'checkbox', checkbox: false },
      Url: { type: 'url', url: 'https://a.example/' },
      Email: { type: 'email', email: 'a@example.com' },
      Phone: { type: 'phone_number', phone_number: '1' },
      Formula: { type: 'formula', formula: { type: 'string', string: 'f' } },
      Truth: { type: 'formula', formula: { type: 'boolean', boolean: true } },
      Day: { type: 'formula', formula: { type: 'date', date } },
      Relation: { type: 'relation', relation: [{ id: 'page-1' }, { id: 'unseen' }], has_more: false },
      Rollup: {
        type: 'rollup',
        rollup: {
          type: 'array',
          function: 'show_original',
          array: [
            { type: 'title', title: [text('r')] },
            { type: 'number', number: 2 },
          ],
        },
      },
      Sum: { type: 'rollup', rollup: { type: 'number', number: 3, function: 'sum' } },
      Created: { type: 'created_time', created_time: '2026-01-01T00:00:00.000Z' },
      By: { type: 'created_by', created_by: person },
      Edited: { type: 'last_edited_time', last_edited_time: '2026-01-02T00:00:00.000Z' },
      Editor: { type: 'last_edited_by', last_edited_by: person },
      Id: { type: 'unique_id', unique_id: { prefix: 'T', number: 4 } },
      Plain: { type: 'unique_id', unique_id: { prefix: null, number: 5 } },
      Verified: { type: 'verification', verification: { state: 'verified', date, verified_by: person } },
      Open: { type: 'verification', verification: { state: 'unverified', date: null, verified_by: null } },
      Place: { type: 'place', place: { lat: 1, lon: 2, name: 'Home', address: 'Road 1' } },
      Spot: { type: 'place', place: { lat: 1, lon: 2 } },
      Button: { type: 'button', button: {} },
    }
    expect(propertiesText({ properties } as unknown as JsonObject, names).split('\n')).toEqual([
      '- By: Ann',
      '- Check: No',
      '- Created: 2026-01-01T00:00:00.000Z',
      '- Date: 2026-01-01',
      '- Day: 2026-01-01',
      '- Edited: 2026-01-02T00:00:00.000Z',
      '- Editor: Ann',
      '- Email: a@example.com',
      '- Files: a.txt, [b](https://b.example/)',
      '- Formula: f',
      '- Id: T-4',
      '- Multi: A, B',
      '- Number: 0',
      '- People: Ann, Ben',
      '- Phone: 1',
      '- Place: Home, Road 1',
      '- Plain: 5',
      '- Relation: Plan',
      '- Rollup: r, 2',
      '- Select: One',
      '- Spot: 1, 2',
      '- Status: Done',
      '- Sum: 3',
      '- Text: **bold** line',
      '- Truth: Yes',
      '- Url: https://a.example/',
      '- Verified: verified 2026-01-01 by Ann',
    ])
  })
})
