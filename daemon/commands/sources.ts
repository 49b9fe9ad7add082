import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { clean, columns } from '../command-line/text.ts'
import type { SourceBody } from '../schemas/source.ts'
import { type FieldBody, variableOf } from './credential-fields.ts'

export const sources = defineCommand({
  name: 'sources',
  group: 'connect',
  summary: 'what can be connected, and what each takes',
  words: {
    name: { description: 'a source, such as gmail: its fields, scopes and entity types', completes: 'source' },
  },
  examples: [
    { command: 'inlet sources', says: 'All of them' },
    { command: 'inlet sources slack', says: 'What connecting Slack takes' },
    { command: "inlet sources --json | jq -r '.[].short_name'", says: 'Their names, for a program' },
  ],
  exits: { 5: clientExits[5], 6: 'there is no source of this name', 7: clientExits[7] },
  async run({ words: { name } }, context) {
    const client = await context.client()
    const { bold } = context.style
    if (name !== undefined) {
      const source = await client.ask<SourceBody>('GET', `/sources/${encodeURIComponent(name)}`)
      return context.answer(source, describe(source, bold))
    }
    const all = await client.ask<SourceBody[]>('GET', '/sources')
    const rows = all.map(({ short_name, name: title, description }) => [short_name, title, description].map(clean))
    return context.answer(all, columns([['NAME', 'TITLE', 'WHAT'].map(bold), ...rows]))
  },
})

function describe(source: SourceBody, bold: (text: string) => string): string[] {
  const { short_name, name, description, entity_types, scopes, auth_fields, config_fields } = source
  return [
    bold(`${clean(short_name)}: ${clean(name)}`),
    clean(description),
    '',
    bold('Entity types'),
    ...entity_types.map(type => `  ${clean(type)}`),
    '',
    bold('Scopes that its token needs'),
    ...(scopes.length > 0 ? scopes.map(scope => `  ${clean(scope)}`) : ['  none']),
    '',
    bold('Credential fields'),
    ...columns(
      auth_fields.fields.map(field => [field.name, notes(field), where(field)].map(clean)),
      '  ',
    ),
    '',
    bold('Configuration fields (--config NAME=VALUE)'),
    ...(config_fields.fields.length > 0
      ? columns(
          config_fields.fields.map(field => [field.name, notes(field), field.description].map(clean)),
          '  ',
        )
      : ['  none']),
  ]
}

function notes({ type, format, required, secret, default: normal }: FieldBody): string {
  const kind = type === 'array' ? 'list' : (format ?? type)
  const shown = normal === undefined ? undefined : `default ${Array.isArray(normal) ? normal.join(',') : normal}`
  return [kind, required && 'required', secret && 'secret', shown].filter(Boolean).join(', ')
}

function where({ name, secret }: FieldBody): string {
  return secret ? variableOf(name) : `${variableOf(name)} or --field ${name}=…`
}
