import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { operations } from '../../../daemon/client/api.ts'
import { generateClient, generatedFile, isLeftOut } from '../../support/client-generator.ts'
import { operationsOf } from '../../support/openapi.ts'
import { servedDocument } from '../../support/served-document.ts'

const { document } = await servedDocument()

describe("the client's types", () => {
  it('are those of the OpenAPI document as it is now: else, npm run client writes them anew', () => {
    const written = readFileSync(join(import.meta.dirname, '..', '..', '..', generatedFile), 'utf8')
    expect(written === generateClient(document)).toBe(true)
  })

  it('have a method for each operation but streams, which have helpers, and what is no JSON', () => {
    const left = operationsOf(document).filter(isLeftOut)
    const names = left.map(({ operation }) => operation.operationId)
    expect(names).toEqual(expect.arrayContaining(['followEvents', 'followJob', 'getDocs', 'receiveSignIn']))
    const types = left.map(({ operation }) => Object.keys(operation.responses['200']?.content ?? {}))
    expect(types.filter(each => each.includes('application/json') && !each.includes('text/event-stream'))).toEqual([])
    expect(Object.keys(operations).length).toBe(operationsOf(document).length - left.length)
  })

  it('put parameters and body into one object in which no two have one name', () => {
    for (const { operation } of operationsOf(document)) {
      const names = ['body', ...(operation.parameters ?? []).map(({ name }) => name)]
      expect(names.length, operation.operationId).toBe(new Set(names).size)
    }
  })
})
