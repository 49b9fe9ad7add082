import type { SourceInfo } from '../../core/inlet.ts'
import type { Field } from '../../core/plugin.ts'
import type { SourceBody } from '../schemas/source.ts'

/** Clients expect a date; sources are part of the program and have none of their own. */
const madeAt = '2026-01-01T00:00:00.000Z'

type FieldBody = SourceBody['auth_fields']['fields'][number]

export function sourceBody({ plugin, source, authFields, id }: SourceInfo): SourceBody {
  const singleUse = !plugin.auth.repeatable
  const className = source.shortName.replace(/(?:^|_)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
  return {
    id,
    name: source.title,
    short_name: source.shortName,
    description: source.description,
    labels: [...source.labels],
    auth_type: singleUse ? 'oauth2_with_refresh_rotating' : 'oauth2_with_refresh',
    auth_methods: ['direct', 'oauth_token'],
    oauth_type: singleUse ? 'with_rotating_refresh' : 'with_refresh',
    requires_byoc: false,
    auth_fields: { fields: authFields.map(fieldBody) },
    config_fields: { fields: source.configFields.map(fieldBody) },
    scopes: [...source.scopes],
    entity_types: [...source.entityTypes],
    auth_config_class: `${className}AuthConfig`,
    config_class: `${className}Config`,
    class_name: `${className}Source`,
    supports_continuous: true,
    federated_search: false,
    output_entity_definition_ids: [],
    organization_id: null,
    created_at: madeAt,
    modified_at: madeAt,
  }
}

/** JSON's own types, so that a form can be made from them without knowing inlet. */
const types: Readonly<Record<Field['type'], Pick<FieldBody, 'type' | 'format' | 'items_type'>>> = {
  string: { type: 'string' },
  strings: { type: 'array', items_type: 'string' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
}

function fieldBody(field: Field): FieldBody {
  return {
    name: field.name,
    title: field.title,
    description: field.description,
    ...types[field.type],
    required: field.required ?? false,
    secret: field.secret ?? false,
    ...(field.minimum === undefined ? {} : { minimum: field.minimum }),
    ...(field.default === undefined ? {} : { default: copy(field.default) }),
  }
}

function copy(value: NonNullable<Field['default']>): NonNullable<FieldBody['default']> {
  return typeof value === 'object' ? [...value] : value
}
