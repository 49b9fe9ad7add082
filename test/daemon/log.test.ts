import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { createLog, gatherLines } from '../../daemon/log.ts'

const canary = 'canary-7c1f-do-not-print'

function lines(write: (log: ReturnType<typeof createLog>) => void): string {
  const printed: string[] = []
  write(createLog('debug', { write: line => void printed.push(line) }))
  expect(printed).toHaveLength(1)
  return printed.join('')
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const leaks: [what: string, fields: () => object][] = [
  ['a secret', () => ({ value: new Secret(canary) })],
  ['a secret deep inside', () => ({ a: [{ b: { c: new Secret(canary) } }] })],
  ['a member with a telling name', () => ({ access_token: canary, apiKey: canary, deep: { Authorization: canary } })],
  ['an error that quotes its input', () => ({ err: thrownBy(() => JSON.parse(`{"t": ${canary}}`)) })],
  ['an error under another name', () => ({ reason: new Error(canary) })],
  ['the cause of a failure', () => ({ err: new Failure('internal', 'failed', { cause: new Error(canary) }) })],
  ['the cause of a cause', () => ({ err: new Error('x', { cause: new Error('y', { cause: new Error(canary) }) }) })],
  ['a cause that is text', () => ({ err: new Failure('internal', 'failed', { cause: canary }) })],
  ['members of an error', () => ({ err: Object.assign(new Error('x'), { body: canary }) })],
  ['an error of several', () => ({ err: new AggregateError([new Error(canary)], canary) })],
]

describe('the log', () => {
  it('shows a member by any name, at any depth', () => {
    const fields = JSON.parse('{ "__proto__": { "__proto__": 1, "toString": 2 }, "constructor": 3 }')
    expect(lines(log => log.info(fields, 'm'))).toMatch(
      /,"__proto__":\{"__proto__":1,"toString":2\},"constructor":3,"msg":"m"\}\n$/,
    )
  })

  it.each(leaks)('never shows %s', (_what, fields) => {
    expect(lines(log => log.error(fields(), 'something happened'))).not.toContain(canary)
  })

  it('says what a failure says, and where it was made', () => {
    const failure = new Failure('unavailable', 'GET https://a.example/x answered 503', { providerError: 'busy' })
    const { err, level, msg, time } = JSON.parse(lines(log => log.warn({ err: failure }, 'hm')))
    expect({ level, msg }).toEqual({ level: 'warn', msg: 'hm' })
    expect(new Date(time).toISOString()).toBe(time)
    expect(err).toMatchObject({ code: 'unavailable', message: failure.message, providerError: 'busy' })
    expect(err.stack.some((line: string) => line.includes('log.test.ts'))).toBe(true)
  })

  it('says where a bug was and of which kind, and the code of a system error', () => {
    const error = Object.assign(new TypeError('x'), { code: 'ENOSPC' })
    const { err } = JSON.parse(lines(log => log.error({ err: error }, 'oh')))
    expect(err).toMatchObject({ name: 'TypeError', code: 'ENOSPC' })
    expect(err.message).toBeUndefined()
    expect(err.stack.length).toBeGreaterThan(0)
  })

  it('comes to an end with what contains itself', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(lines(log => log.info({ circle }, 'round'))).toContain('round')
  })

  it('writes what JSON has no form for as text, and the event where a field cannot be written at all', () => {
    expect(JSON.parse(lines(log => log.info({ size: 12n }, 'large')))).toMatchObject({ size: '12', msg: 'large' })
    const broken = {
      get body() {
        throw new Error(canary)
      },
    }
    for (const fields of [{ broken }, { value: { toJSON: () => thrownBy(() => 1) } }]) {
      const line = lines(log => log.warn(fields, 'still told'))
      expect(JSON.parse(line)).toEqual({ level: 'warn', time: expect.any(String), msg: 'still told' })
    }
  })

  it('takes the time from its clock, and puts level, time, fields and sentence in this order', () => {
    const printed: string[] = []
    const log = createLog('info', { write: line => void printed.push(line) }, { now: () => 0 })
    log.info({ job: 'j1', none: undefined }, 'synced')
    expect(printed).toEqual(['{"level":"info","time":"1970-01-01T00:00:00.000Z","job":"j1","msg":"synced"}\n'])
  })

  it('keeps quiet below its level', () => {
    const printed: string[] = []
    const log = createLog('warn', { write: line => void printed.push(line) })
    log.info({}, 'no')
    log.warn({}, 'yes')
    expect(printed).toHaveLength(1)
  })
})

describe('lines that are gathered', () => {
  it('are written in their order, once, and in one piece at the end of a turn', async () => {
    const written: string[] = []
    const lines = gatherLines({ write: text => written.push(text) })
    for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line)
    expect(written).toEqual([])
    await setImmediate()
    lines.write('d\n')
    await setImmediate()
    expect(written).toEqual(['a\nb\nc\n', 'd\n'])
  })

  it('are written at once where the process ends', async () => {
    const written: string[] = []
    const lines = gatherLines({ write: text => written.push(text) })
    lines.write('the last words\n')
    lines.flush()
    lines.flush()
    await setImmediate()
    expect(written).toEqual(['the last words\n'])
  })
})
