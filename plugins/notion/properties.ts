/**
 * A page's properties as a readable list. Source: https://developers.notion.com/reference/page-property-values
 */
import { isJsonObject, type JsonObject, listAt, numberAt, objectAt, textAt } from '../../core/plugin.ts'
import { dateText, link, type Names, richText, userName } from './rich-text.ts'

export interface PropertyNames extends Names {
  /** The title of a related page, if it can be seen. */
  title(id: string): string | undefined
}

/** Every property that says something, but for the title; in the order of their names, as Notion's own order varies. */
export function propertiesText(page: JsonObject, names: PropertyNames): string {
  return Object.entries(objectAt(page, 'properties') ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([name, value]) => {
      if (!isJsonObject(value) || value.type === 'title') return []
      const text = valueText(value, names)
        .replace(/\s*\n\s*/g, ' ')
        .trim()
      return text === '' ? [] : [`- ${name}: ${text}`]
    })
    .join('\n')
}

/** One value, whether it stands in a property, a rollup or a formula; empty if it says nothing. */
export function valueText(value: JsonObject, names: PropertyNames): string {
  const type = textAt(value, 'type') ?? ''
  const inner = objectAt(value, type)
  switch (type) {
    case 'title':
    case 'rich_text':
      return richText(listAt(value, type), names)
    case 'number':
    case 'string':
    case 'url':
    case 'email':
    case 'phone_number':
    case 'created_time':
    case 'last_edited_time':
      return scalar(value[type])
    case 'checkbox':
    case 'boolean':
      return typeof value[type] === 'boolean' ? (value[type] ? 'Yes' : 'No') : ''
    case 'select':
    case 'status':
      return textAt(inner, 'name') ?? ''
    case 'multi_select':
      return list(listAt(value, type).map(option => textAt(option, 'name') ?? ''))
    case 'date':
      return dateText(inner)
    case 'people':
      return list(listAt(value, type).map(person => userName(person, names) ?? ''))
    case 'created_by':
    case 'last_edited_by':
      return userName(inner, names) ?? ''
    case 'files':
      return list(listAt(value, type).map(fileText))
    case 'relation':
      return list(listAt(value, type).map(({ id }) => (typeof id === 'string' ? (names.title(id) ?? '') : '')))
    case 'formula':
      return inner ? valueText(inner, names) : ''
    case 'rollup':
      return inner ? valueText(inner, names) : ''
    case 'array':
      return list(listAt(value, type).map(one => valueText(one, names)))
    case 'unique_id':
      return uniqueId(inner)
    case 'verification':
      return verification(inner, names)
    case 'place':
      return place(inner)
    default:
      return ''
  }
}

function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function list(texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(', ')
}

function fileText(file: JsonObject): string {
  const address = textAt(objectAt(file, 'external'), 'url')
  const name = textAt(file, 'name') ?? ''
  return address ? link(address, name) : name
}

function uniqueId(value: JsonObject | undefined): string {
  const [prefix, number] = [textAt(value, 'prefix'), numberAt(value, 'number')]
  return number === undefined ? '' : prefix ? `${prefix}-${number}` : String(number)
}

function verification(value: JsonObject | undefined, names: Names): string {
  const state = textAt(value, 'state')
  if (!state || state === 'unverified') return ''
  const by = userName(objectAt(value, 'verified_by'), names)
  return [state, dateText(objectAt(value, 'date')), by ? `by ${by}` : ''].filter(Boolean).join(' ')
}

function place(value: JsonObject | undefined): string {
  const [latitude, longitude] = [numberAt(value, 'lat'), numberAt(value, 'lon')]
  const said = list([textAt(value, 'name') ?? '', textAt(value, 'address') ?? ''])
  return said || (latitude === undefined || longitude === undefined ? '' : `${latitude}, ${longitude}`)
}
