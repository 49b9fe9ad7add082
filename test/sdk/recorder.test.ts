import { expect, it } from 'vitest'
import { type Call, methodsOf, namesOf, recorded } from './recorder.ts'

class Things {
  async list(): Promise<string[]> {
    return ['a']
  }
  async remove(): Promise<void> {
    throw new Error('no')
  }
  async __list(): Promise<void> {}
}

class Client {
  readonly options = { apiKey: 'k' }
  get things(): Things {
    return new Things()
  }
}

it('a method that is not called with success is named', async () => {
  const calls: Call[] = []
  const client = recorded('sdk', new Client(), calls)
  expect(await client.things.list()).toEqual(['a'])
  await expect(client.things.remove()).rejects.toThrow('no')
  expect(client.options.apiKey).toBe('k')
  expect(calls).toEqual([{ client: 'sdk', resource: 'things', method: 'list', answer: ['a'] }])
  expect(methodsOf(client)).toEqual(['things.list', 'things.remove'])
  expect(methodsOf(client).filter(name => !namesOf(calls, 'sdk').has(name))).toEqual(['things.remove'])
  expect(namesOf(calls, 'another').size).toBe(0)
})
