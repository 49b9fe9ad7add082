/** Asana's objects as entities. Each is made from the trimmed object alone, so that the stored one gives the same again. */
import { type Context, type Entity, type FileText, isSkippable, type JsonObject } from '../../core/plugin.ts'
import { commentFields, keptTaskFields, projectFields, sectionFields, workspaceFields } from './fields.ts'
import {
  attachmentType,
  commentType,
  type Project,
  projectTrail,
  projectType,
  sectionType,
  type Trail,
  taskType,
  type Workspace,
  workspaceTrail,
  workspaceType,
} from './run.ts'
import { gidOf, type Identified, listAt, objectAt, textAt, trim } from './shape.ts'

const webUrl = 'https://app.asana.com/0'
const longestTitle = 100

export function workspaceEntity({ gid, name, raw }: Workspace): Entity {
  const domains = Array.isArray(raw.email_domains) ? raw.email_domains.map(String) : []
  const text = facts([
    [raw.is_organization === true ? 'Organization' : 'Workspace', name],
    ['Domains', domains.join(', ')],
  ])
  return { entityType: workspaceType, id: gid, name, text, raw: trim(raw, workspaceFields) }
}

export async function projectEntity(context: Context, { gid, name, raw, workspace }: Project): Promise<Entity> {
  const owner = personOf(workspace.people, raw, 'owner')
  const about = facts([
    ['Owner', owner],
    ['Team', textAt(objectAt(raw, 'team'), 'name')],
    ['Start', textAt(raw, 'start_on')],
    ['Due', textAt(raw, 'due_on')],
    ['Status', textAt(objectAt(raw, 'current_status_update'), 'title')],
    ['Completed', completion(raw)],
    ...customFacts(raw),
    ['Archived', raw.archived === true ? 'yes' : undefined],
  ])
  return {
    entityType: projectType,
    id: gid,
    name,
    text: joined([await richText(context, raw, 'notes'), about]),
    url: textAt(raw, 'permalink_url') ?? `${webUrl}/${gid}`,
    author: owner,
    breadcrumbs: workspaceTrail(workspace),
    createdAt: textAt(raw, 'created_at'),
    updatedAt: textAt(raw, 'modified_at') ?? textAt(raw, 'created_at'),
    raw: trim(raw, projectFields),
  }
}

export function sectionEntity(raw: Identified, project: Project): Entity {
  return {
    entityType: sectionType,
    id: raw.gid,
    name: nameOf(raw, 'section'),
    breadcrumbs: projectTrail(project),
    createdAt: textAt(raw, 'created_at'),
    raw: trim(raw, sectionFields),
  }
}

/** @param people names by gid */
export async function taskEntity(
  context: Context,
  raw: Identified,
  breadcrumbs: Trail,
  people: Workspace['people'],
): Promise<Entity> {
  const subtype = textAt(raw, 'resource_subtype')
  const about = facts([
    ['Assignee', textAt(objectAt(raw, 'assignee'), 'name')],
    ['Start', textAt(raw, 'start_at') ?? textAt(raw, 'start_on')],
    ['Due', textAt(raw, 'due_at') ?? textAt(raw, 'due_on')],
    ['Completed', completion(raw)],
    ['Kind', subtype === 'default_task' ? undefined : subtype],
    ['Approval', textAt(raw, 'approval_status')?.replaceAll('_', ' ')],
    ['Tags', namesOf(listAt(raw, 'tags'))],
    ...customFacts(raw),
    ['Depends on', dependencies(raw)],
  ])
  return {
    entityType: taskType,
    id: raw.gid,
    name: nameOf(raw, 'task'),
    text: joined([await richText(context, raw, 'notes'), about]),
    url: taskUrl(raw),
    author: personOf(people, raw, 'created_by'),
    breadcrumbs,
    createdAt: textAt(raw, 'created_at'),
    updatedAt: textAt(raw, 'modified_at') ?? textAt(raw, 'created_at'),
    raw: trim(raw, keptTaskFields),
  }
}

export function taskUrl(raw: Identified): string {
  return textAt(raw, 'permalink_url') ?? `${webUrl}/0/${raw.gid}`
}

/** @param url the task's: Asana gives comments no address of their own */
export async function commentEntity(
  context: Context,
  raw: Identified,
  breadcrumbs: Trail,
  url: string,
): Promise<Entity> {
  const sticker = textAt(raw, 'sticker_name')?.replaceAll('_', ' ')
  const text = joined([await richText(context, raw, 'text'), sticker && `[${sticker}]`])
  return {
    entityType: commentType,
    id: raw.gid,
    name: titleOf(textAt(raw, 'text') ?? text),
    text,
    url,
    author: textAt(objectAt(raw, 'created_by'), 'name'),
    breadcrumbs,
    createdAt: textAt(raw, 'created_at'),
    updatedAt: textAt(raw, 'created_at'),
    raw: trim(raw, commentFields),
  }
}

/** @param raw an attachment as `trimAttachment` leaves it */
export function attachmentEntity(raw: Identified, breadcrumbs: Trail, file: FileText | undefined): Entity {
  return {
    entityType: attachmentType,
    id: raw.gid,
    name: nameOf(raw, 'attachment'),
    file,
    url: textAt(raw, 'permanent_url') ?? textAt(raw, 'view_url'),
    breadcrumbs,
    createdAt: textAt(raw, 'created_at'),
    updatedAt: textAt(raw, 'created_at'),
    raw,
  }
}

export function nameOf(raw: JsonObject, kind: string): string {
  return textAt(raw, 'name')?.trim() || `Untitled ${kind}`
}

/**
 * `html_<member>` as Markdown, else the plain member. In Asana's HTML a line feed is a line break
 * (https://developers.asana.com/docs/rich-text).
 */
async function richText(context: Context, raw: JsonObject, member: 'notes' | 'text'): Promise<string | undefined> {
  const plain = textAt(raw, member)
  const html = textAt(raw, `html_${member}`)
  const body = html?.replace(/^\s*<body>|<\/body>\s*$/g, '')
  try {
    if (body) return await context.text(`<div style="white-space: pre-wrap">${body}</div>`, 'text/html')
    return plain === undefined ? undefined : await context.text(plain, 'text/plain')
  } catch (error) {
    if (!isSkippable(error)) throw error
    return plain
  }
}

/** Of who owns a project or made a task, Asana tells the gid alone. */
function personOf(people: Workspace['people'], raw: JsonObject, member: string): string | undefined {
  return people?.get(gidOf(objectAt(raw, member)) ?? '')
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join('\n\n')
}

type Fact = readonly [label: string, value: string | undefined]

function facts(list: readonly Fact[]): string {
  return list
    .filter(([, value]) => value)
    .map(([label, value]) => `- ${label}: ${value?.replace(/\s+/g, ' ').trim()}`)
    .join('\n')
}

function completion(raw: JsonObject): string | undefined {
  if (raw.completed !== true) return undefined
  const by = textAt(objectAt(raw, 'completed_by'), 'name')
  return [textAt(raw, 'completed_at') ?? 'yes', by && `by ${by}`].filter(Boolean).join(' ')
}

function customFacts(raw: JsonObject): Fact[] {
  return listAt(raw, 'custom_fields').map(field => [textAt(field, 'name') ?? 'Field', customValue(field)])
}

/** `display_value` is how Asana shows any kind of field, also of kinds yet to come. */
function customValue(field: JsonObject): string | undefined {
  const date = objectAt(field, 'date_value')
  const number = field.number_value
  return (
    textAt(field, 'display_value') ??
    textAt(field, 'text_value') ??
    (typeof number === 'number' ? String(number) : undefined) ??
    textAt(objectAt(field, 'enum_value'), 'name') ??
    namesOf([...listAt(field, 'multi_enum_values'), ...listAt(field, 'people_value')]) ??
    textAt(date, 'date_time') ??
    textAt(date, 'date')
  )
}

function namesOf(list: readonly JsonObject[]): string | undefined {
  const names = list.flatMap(object => textAt(object, 'name') ?? [])
  return names.length > 0 ? names.join(', ') : undefined
}

/** Asana tells no names of them; the links are what holds. */
function dependencies(raw: JsonObject): string | undefined {
  const links = listAt(raw, 'dependencies').flatMap(task => gidOf(task) ?? [])
  return links.map(gid => `<${webUrl}/0/${gid}>`).join(', ') || undefined
}

function titleOf(text: string): string {
  const line = text.trim().split('\n', 1).join().trim()
  if (line === '') return 'Comment'
  return line.length <= longestTitle ? line : `${[...line].slice(0, longestTitle).join('')}…`
}
