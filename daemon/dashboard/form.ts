/** Forms: read from a request, checked by core, and shown again with what was wrong at the field that it concerns. */
import type { Failure } from '../../core/errors.ts'
import type { Field } from '../../core/plugin.ts'
import { readBytes } from '../body.ts'
import { refusal } from '../problems.ts'
import { type Html, html, type Part } from './html.ts'
import { sentence } from './words.ts'

/** What a person typed, and what is wrong with it by the name of the input; `''` is the form as a whole. */
export interface Filled {
  values: URLSearchParams
  errors: Readonly<Record<string, string>>
}

export const unfilled: Filled = { values: new URLSearchParams(), errors: {} }

/** @throws Failure `invalid`: `body-too-large`, `bad-request` */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/x-www-form-urlencoded')
    throw refusal('bad-request', 'this address takes a form: send application/x-www-form-urlencoded')
  return new URLSearchParams(new TextDecoder().decode(await readBytes(request)))
}

export function textOf(values: URLSearchParams, name: string): string {
  return values.get(name)?.trim() ?? ''
}

/** The names of core's inputs where forms have others. */
const prefixes: Readonly<Record<string, string>> = {
  auth_fields: 'auth',
  config_fields: 'config',
  cron_schedule: 'cron',
}

/** A failure at the inputs that it concerns. */
export function errorsOf(failure: Failure, titles: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (failure.fields.length === 0) return { '': sentence(failure.message) }
  return Object.fromEntries(
    failure.fields.map(({ location, message }) => {
      const [first, ...others] = location.map(String)
      const name = [prefixes[first ?? ''] ?? first ?? '', ...others].join('.')
      const subject = titles[name] ?? ''
      const bare = message.replace(/^[a-z_]+\.[a-z_]+ /, '').replace(/^[a-z]+_[a-z_]+ (?=must|is )/, '')
      const words = /^(must|is|has) /.test(bare) ? `${subject || 'this'} ${bare}` : bare
      return [name, sentence(words)]
    }),
  )
}

/** What the fields of a form say, for core to check; what was left blank is absent. */
export function valuesOf(fields: readonly Field[], values: URLSearchParams, prefix: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const field of fields) {
    const name = `${prefix}.${field.name}`
    const text = textOf(values, name)
    if (field.type === 'boolean') {
      const isChecked = values.has(name)
      if (isChecked !== (field.default ?? false)) found[field.name] = isChecked
    } else if (text !== '') {
      found[field.name] = readText(field, text)
    }
  }
  return found
}

function readText(field: Field, text: string): unknown {
  if (field.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text
  if (field.type !== 'strings') return text
  return text.split(/[\n,]/).flatMap(line => line.trim() || [])
}

export interface InputOptions {
  name: string
  title: string
  description?: Part
  filled: Filled
  type?: 'text' | 'password' | 'number' | 'date' | 'search' | 'url' | undefined
  required?: boolean | undefined
  /** Shown where nothing was typed. */
  value?: string | undefined
  placeholder?: string | undefined
  list?: string | undefined
}

/** A labelled input. What a person typed is shown again, but for secrets. */
export function input(options: InputOptions): Html {
  const { name, filled, type = 'text', required = false, placeholder, list } = options
  const value = type === 'password' ? '' : (filled.values.get(name) ?? options.value ?? '')
  return labelled(
    options,
    html`<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="off" spellcheck="false"${
      required ? html` required` : ''
    }${placeholder === undefined ? '' : html` placeholder="${placeholder}"`}${
      list === undefined ? '' : html` list="${list}"`
    }${described(options)}>`,
  )
}

/** The input of a declared field. */
export function fieldInput(field: Field, prefix: string, filled: Filled): Html {
  const name = `${prefix}.${field.name}`
  const { title, description, required } = field
  const standard = field.default === undefined ? undefined : String(field.default)
  const options = { name, title, description, required, filled }
  if (field.type === 'boolean') {
    const isChecked = filled.values.size > 0 ? filled.values.has(name) : field.default === true
    return html`<div class="field check">
<input id="${name}" name="${name}" type="checkbox" value="yes"${isChecked ? html` checked` : ''}${described(options)}>
<label for="${name}">${title}</label>
${hints(options)}
</div>`
  }
  if (field.type === 'strings') {
    const hint = html`${description} One on each line.`
    const list = { ...options, description: hint }
    return labelled(
      list,
      html`<textarea id="${name}" name="${name}" rows="2" spellcheck="false"${described(list)}>${filled.values.get(name) ?? ''}</textarea>`,
    )
  }
  const type = field.secret ? 'password' : field.type === 'integer' ? 'number' : field.type === 'date' ? 'date' : 'text'
  const placeholder = field.type === 'datetime' ? '2026-01-31T09:30:00Z' : standard
  return input({ ...options, type, placeholder })
}

export interface Choice {
  value: string
  title: string
}

export function select(options: Omit<InputOptions, 'type' | 'placeholder' | 'list'>, choices: readonly Choice[]): Html {
  const { name, filled } = options
  const chosen = filled.values.get(name) ?? options.value ?? ''
  const list = choices.map(
    ({ value, title }) => html`<option value="${value}"${value === chosen ? html` selected` : ''}>${title}</option>`,
  )
  return labelled(options, html`<select id="${name}" name="${name}"${described(options)}>${list}</select>`)
}

type Described = Pick<InputOptions, 'name' | 'title' | 'description' | 'filled' | 'required'>

function labelled(options: Described, control: Html): Html {
  const { name, title, required, filled } = options
  return html`<div class="field${filled.errors[name] === undefined ? '' : ' wrong'}">
<label for="${name}">${title}${required ? html` <span class="needed">required</span>` : ''}</label>
${hints(options)}
${control}
</div>`
}

function hints({ name, description, filled }: Described): Html {
  const error = filled.errors[name]
  return html`${description ? html`<p class="hint" id="${name}-hint">${description}</p>` : ''}${
    error === undefined ? '' : html`<p class="error" id="${name}-error">${error}</p>`
  }`
}

/** The first one that is wrong has the focus. */
function described({ name, description, filled }: Described): Html {
  const isWrong = filled.errors[name] !== undefined
  const ids = [description ? `${name}-hint` : '', isWrong ? `${name}-error` : ''].filter(id => id !== '')
  const isFirst = Object.keys(filled.errors)[0] === name
  return html`${ids.length > 0 ? html` aria-describedby="${ids.join(' ')}"` : ''}${
    isWrong ? html` aria-invalid="true"` : ''
  }${isFirst ? html` autofocus` : ''}`
}

/** What is wrong with a form, before its first field. */
export function errorSummary({ errors }: Filled): Html | '' {
  const names = Object.keys(errors)
  if (names.length === 0) return ''
  const whole = errors['']
  const others = names.filter(name => name !== '')
  return html`<div class="notice bad" role="alert">
${whole === undefined ? html`<p><strong>${others.length === 1 ? 'One field needs' : 'Some fields need'} another look.</strong></p>` : html`<p>${whole}</p>`}
${others.length === 0 ? '' : html`<ul>${others.map(name => html`<li><a href="#${name}">${errors[name]}</a></li>`)}</ul>`}
</div>`
}
