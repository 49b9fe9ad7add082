import { describe, expect, it } from 'vitest'
import { defineCommand } from '../../../daemon/command-line/command.ts'
import { findCommand, parseCall } from '../../../daemon/command-line/parse.ts'

const bake = defineCommand({
  name: 'bake',
  summary: 'bake something',
  words: { cake: { required: true, description: 'what to bake' }, toppings: { multiple: true, description: 'on top' } },
  options: {
    minutes: { value: 'N', kind: 'integer', minimum: 1, maximum: 90, default: 30, description: 'how long' },
    heat: { value: 'HEAT', choices: ['low', 'high'], variable: 'BAKE_HEAT', description: 'how hot' },
    with: { value: 'THING', multiple: true, description: 'with what' },
    quiet: { description: 'without a word', short: 'q' },
  },
  run: async () => undefined,
})
const oven = defineCommand({
  name: 'oven',
  summary: 'the oven',
  words: { shelf: { description: 'which shelf' } },
  commands: [defineCommand({ name: 'clean', summary: 'clean it', run: async () => undefined })],
  run: async () => undefined,
})
const commands = [bake, oven]

function parse(line: string, environment: Record<string, string> = {}) {
  const { command, path, rest } = findCommand(line.split(' '), commands)
  if (!command) throw new Error('no command')
  return parseCall(command, path, rest, environment)
}

describe('the words of a command', () => {
  it('are read as they are declared, options before, between and after', () => {
    expect(parse('bake --minutes 45 apple --with salt -q sugar --with=butter nuts')).toEqual({
      words: { cake: 'apple', toppings: ['sugar', 'nuts'] },
      options: expect.objectContaining({ minutes: 45, with: ['salt', 'butter'], quiet: true, heat: undefined }),
    })
  })

  it('fall back to the environment, then to the default', () => {
    expect(parse('bake a', { BAKE_HEAT: 'low' }).options).toMatchObject({ heat: 'low', minutes: 30, quiet: false })
    expect(parse('bake a --heat high', { BAKE_HEAT: 'low' }).options).toMatchObject({ heat: 'high' })
    expect(() => parse('bake a', { BAKE_HEAT: 'canary' })).toThrow('takes low or high for BAKE_HEAT')
  })

  it('may begin with a dash after "--", and a value after "="', () => {
    expect(parse('bake -- --quiet -x')).toMatchObject({ words: { cake: '--quiet', toppings: ['-x'] } })
    expect(parse('bake a --with=-x')).toMatchObject({ options: { with: ['-x'] } })
    expect(parse('bake a --with -')).toMatchObject({ options: { with: ['-'] } })
  })

  it('name a command inside another, or a word where there is none of that name', () => {
    expect(findCommand(['--json', 'oven', '--json', 'clean', 'x'], commands)).toMatchObject({
      ...{ path: 'oven clean', rest: ['--json', '--json', 'x'] },
    })
    expect(parse('oven top')).toMatchObject({ words: { shelf: 'top' } })
    expect(parse('oven -- clean')).toMatchObject({ words: { shelf: 'clean' } })
  })

  it.each([
    ['bake', 'inlet bake needs CAKE: what to bake: see inlet bake --help'],
    ['bake a --minuets 3', 'inlet bake does not know "--minuets": did you mean "--minutes"?'],
    ['bake a --min 3', 'inlet bake does not know "--min": did you mean "--minutes"?'],
    ['bake a -x', 'inlet bake does not know "-x": see inlet bake --help'],
    ['bake a --minutes', 'inlet bake needs a value for --minutes: --minutes N: see inlet bake --help'],
    ['bake a --minutes --quiet', 'inlet bake needs a value for --minutes: --minutes N: see inlet bake --help'],
    ['bake a --minutes 1.5', 'inlet bake takes a whole number from 1 to 90 for --minutes: see inlet bake --help'],
    ['bake a --minutes 91', 'inlet bake takes a whole number from 1 to 90 for --minutes: see inlet bake --help'],
    ['bake a --minutes 1 --minutes 2', 'inlet bake takes --minutes once: see inlet bake --help'],
    ['bake a --quiet=yes', 'inlet bake takes no value for --quiet: see inlet bake --help'],
    ['bake a --heat hihg', 'inlet bake does not take that for --heat: did you mean "high"?'],
    ['bake a --heat=', 'inlet bake needs a value for --heat that is not empty: see inlet bake --help'],
    ['oven a b', 'inlet oven takes SHELF, and was given more (quote what has spaces in it): see inlet oven --help'],
    ['oven clean up', 'inlet oven clean takes no words, only options: see inlet oven clean --help'],
    ['oven claen x', 'inlet oven does not know that: did you mean "clean"?'],
    ['bkae', 'inlet does not know "bkae": did you mean "inlet bake"?'],
    ['sing', 'inlet does not know "sing": see inlet --help'],
  ])('that are wrong, as in %j, are told in a sentence', (line, sentence) => {
    expect(() => parse(line)).toThrow(sentence)
  })

  it('are never repeated where they may be a secret', () => {
    const canary = 'xoxp-1234-canary'
    const lines = [
      ...[canary, `bake --token=${canary}`, `bake --${canary}`, `bake -${canary}`, `bake a --heat ${canary}`],
      ...[`bake a --minutes ${canary}`, `bake a --quiet=${canary}`, `oven a ${canary}`, `oven clean ${canary}`],
    ]
    const said = lines.map(line => {
      try {
        parse(line)
      } catch (error) {
        return String(error)
      }
      throw new Error(`${line} was taken`)
    })
    expect(said).toHaveLength(lines.length)
    expect(said.join('\n')).not.toMatch(/canary|xoxp/)
  })
})
