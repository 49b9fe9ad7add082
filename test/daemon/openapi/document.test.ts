import { Validator as SpecificationValidator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import type { MediaType, OpenApiDocument } from '../../../daemon/openapi/document.ts'
import { isSlug, problems } from '../../../daemon/problem-table.ts'
import { createValidator, type OperationAt, operationsOf, schemasIn } from '../../support/openapi.ts'
import { type Served, servedDocument } from '../../support/served-document.ts'
import { outside } from './pages.ts'

let document: OpenApiDocument
let routes: Served['routes']
let operations: OperationAt[]

beforeAll(async () => {
  ;({ document, routes } = await servedDocument())
  operations = operationsOf(document)
  expect(operations.length).toBeGreaterThan(45)
})

/** What each operation is missing, by its method and path. */
function lacking(check: (each: OperationAt) => string[]): string[] {
  return operations.flatMap(each => check(each).map(problem => `${each.method} ${each.path}: ${problem}`))
}

describe('the OpenAPI document', () => {
  it('is one of version 3.1, as a validator of others says', async () => {
    const validator = new SpecificationValidator()
    const outcome = await validator.validate({ ...structuredClone(document) })
    expect(outcome.errors ?? []).toEqual([])
    expect([outcome.valid, validator.version]).toEqual([true, '3.1'])
  })

  it('has every route there is, but for pages and what they are made of, and no other', () => {
    const isPage = (path: string) => outside.some(({ path: pattern }) => pattern.test(path))
    const served = routes
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
      .filter(route => !isPage(route.split(' ')[1] ?? ''))
    const described = operations.map(({ method, path }) => `${method} ${path}`)
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted())
    expect(described.filter(route => isPage(route.split(' ')[1] ?? ''))).toEqual([])
    for (const { path: pattern, why } of outside) {
      expect(
        routes.some(({ path }) => pattern.test(path)),
        `no route is left out as one of ${why}`,
      ).toBe(true)
    }
  })

  it('names each operation once, so that clients can be made from it', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '')
    expect(ids.filter(id => !/^[a-z][a-zA-Z0-9]+$/.test(id))).toEqual([])
    expect(ids.length).toBe(new Set(ids).size)
  })

  it('says in a line what each operation does, and puts it under a tag that is explained', () => {
    const explained = document.tags.map(({ name }) => name)
    const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []))
    expect([...used].toSorted()).toEqual(explained.toSorted())
    expect(document.tags.filter(({ description }) => description.length < 10)).toEqual([])
    expect(
      lacking(({ operation: { summary = '', tags = [] } }) => {
        return [
          summary.length < 7 || summary.length > 120 ? `summary ${summary}` : '',
          tags.length === 1 ? '' : 'tags',
        ].filter(Boolean)
      }),
    ).toEqual([])
  })

  it('describes every parameter, and declares those of each path', () => {
    let seen = 0
    expect(
      lacking(({ path, operation: { parameters = [] } }) => {
        seen += parameters.length
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '')
        const declared = parameters.filter(parameter => parameter.in === 'path').map(({ name }) => name)
        const isSame = declared.toSorted().join() === inPath.toSorted().join()
        const undescribed = parameters.filter(({ description, schema }) => !description && !schema?.description)
        return [
          ...(isSame ? [] : [`declares ${declared}`]),
          ...undescribed.map(({ name }) => `does not say what ${name} is`),
        ]
      }),
    ).toEqual([])
    expect(seen).toBeGreaterThan(60)
  })

  it('describes every member of every schema', () => {
    const inside = [
      ...Object.entries(document.components.schemas),
      ...operations.flatMap(({ method, path, operation: { requestBody, responses } }) =>
        [requestBody, ...Object.values(responses)].flatMap(body =>
          Object.values(body?.content ?? {}).flatMap(({ schema }) =>
            schema ? [[`${method} ${path}`, schema] as const] : [],
          ),
        ),
      ),
    ]
    const silent: string[] = []
    let members = 0
    for (const [name, root] of inside) {
      for (const { place, schema } of schemasIn(root, name)) {
        for (const [member, { description, $ref, allOf }] of Object.entries(schema.properties ?? {})) {
          members++
          if (!description && !$ref && !allOf) silent.push(`${place}.${member}`)
        }
      }
    }
    expect(silent).toEqual([])
    expect(members).toBeGreaterThan(250)
    const named = Object.entries(document.components.schemas)
    expect(named.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([])
  })

  it('keeps null out of what it gives a name, so that a name means the same wherever it is used', () => {
    const nullable = Object.entries(document.components.schemas).filter(([, { type }]) =>
      [type].flat().includes('null'),
    )
    expect(nullable.map(([name]) => name)).toEqual([])
  })

  it('gives nothing a name that nothing uses', () => {
    const text = JSON.stringify(document)
    const unused = Object.entries(document.components).flatMap(([kind, named]) => {
      if (kind === 'securitySchemes') return []
      return Object.keys(named ?? {}).filter(name => !text.includes(`"#/components/${kind}/${name}"`))
    })
    expect(unused).toEqual([])
  })

  it('shows an example of every body and answer, that is what its schema says', () => {
    const taking = createValidator(document, false)
    const giving = createValidator(document, true)
    let shown = 0
    const check = (place: string, validator: typeof taking, content: Record<string, MediaType> = {}) =>
      Object.values(content).flatMap(media => {
        const examples = examplesOf(media)
        if (examples.length === 0) return [`no example ${place}`]
        shown += examples.length
        return examples.flatMap(example =>
          validator.problems(media.schema ?? {}, example).map(why => `${place}: ${why}`),
        )
      })
    expect(
      lacking(({ operation: { requestBody, responses } }) => [
        ...check('of its body', taking, requestBody?.content),
        ...Object.entries(responses).flatMap(([status, { content }]) => check(`of ${status}`, giving, content)),
      ]),
    ).toEqual([])
    expect(shown).toBeGreaterThan(400)
  })

  it('describes what webhooks are sent as well, with an example', () => {
    const sent = Object.values(document.webhooks ?? {}).flatMap(methods => Object.values(methods))
    expect(sent.length).toBeGreaterThan(0)
    const giving = createValidator(document, true)
    for (const { summary, parameters = [], requestBody } of sent) {
      expect(summary?.length).toBeGreaterThan(8)
      expect(parameters.filter(({ description }) => !description).map(({ name }) => name)).toEqual([])
      for (const media of Object.values(requestBody?.content ?? {})) {
        const [example] = examplesOf(media)
        expect(example).toBeDefined()
        expect(giving.problems(media.schema ?? {}, example)).toEqual([])
      }
    }
  })

  it('has examples of schemas and of their parts that are what those say', () => {
    const giving = createValidator(document, true)
    let shown = 0
    const wrong = Object.entries(document.components.schemas).flatMap(([name, root]) =>
      [...schemasIn(root, name)].flatMap(({ place, schema }) =>
        (schema.examples ?? []).flatMap(example => {
          shown++
          return giving.problems(schema, example).map(why => `${place}: ${why}`)
        }),
      ),
    )
    expect(wrong).toEqual([])
    expect(shown).toBeGreaterThan(20)
  })

  function examplesOf({ example, examples }: MediaType): unknown[] {
    const named = Object.values(examples ?? {}).map(one => {
      const { $ref, value } = one as { $ref?: string; value?: unknown }
      if ($ref === undefined) return value
      const shared = document.components.examples ?? {}
      return (shared[$ref.replace('#/components/examples/', '')] as { value: unknown } | undefined)?.value
    })
    return example === undefined ? named : [example, ...named]
  }

  it('gives examples as JSON Schema has them, since OpenAPI 3.1 has given up its own keyword', () => {
    expect(/"schema":\{[^{}]*"example":/.exec(JSON.stringify(document))?.[0]).toBeUndefined()
    const old = Object.entries(document.components.schemas).flatMap(([name, root]) =>
      [...schemasIn(root, name)].filter(({ schema }) => 'example' in schema).map(({ place }) => place),
    )
    expect(old).toEqual([])
  })

  it('lists the problems that each operation can answer, each with its status and an example of it', () => {
    let listed = 0
    expect(
      lacking(({ operation: { responses } }) =>
        Object.entries(responses).flatMap(([status, { content }]) => {
          const media = content?.['application/problem+json']
          if (!media) return Number(status) >= 400 && !isProtocols(content) ? [`${status} is no problem`] : []
          if (!media.examples) return [`${status} does not say which problems`]
          return Object.keys(media.examples).flatMap(slug => {
            listed++
            if (!isSlug(slug)) return [`${slug} is no problem there is`]
            return status === 'default' || problems[slug].status === Number(status)
              ? []
              : [`${slug} has another status`]
          })
        }),
      ),
    ).toEqual([])
    expect(listed).toBeGreaterThan(400)
  })

  /** MCP has errors of its own. */
  function isProtocols(content: Record<string, MediaType> = {}): boolean {
    return content['application/json']?.schema?.$ref === '#/components/schemas/McpAnswer'
  }

  it('has each problem that there is as one of some operation', () => {
    const used = Object.keys(document.components.examples ?? {})
    expect(Object.keys(problems).filter(slug => !used.includes(slug))).toEqual([])
  })
})
