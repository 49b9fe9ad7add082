// Without the controls up to U+001F, which JSON wants escaped.
const string = String.raw`"(?:(?!["\\])[\P{Cc}\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`
const literal = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`
const token = new RegExp(String.raw`[ \t\r\n]*(?:([\[\]{}:,])|(${string})|(?:${literal})(?![\w.]))`, 'uy')

/**
 * Where a text stops being JSON, both from 1; `undefined` for good JSON. The platform's own messages quote the text,
 * which may hold secrets, and often give no position.
 */
export function jsonSyntaxError(text: string): { line: number; column: number } | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    const before = text.slice(0, firstBadOffset(text))
    const lastBreak = before.lastIndexOf('\n')
    return { line: before.split('\n').length, column: before.length - lastBreak }
  }
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end'

function firstBadOffset(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  token.lastIndex = 0
  for (let offset = 0; ; offset = token.lastIndex) {
    token.lastIndex = offset
    const match = token.exec(text)
    if (!match) return skipSpace(text, offset)
    const [whole, mark, string] = match
    const next = step(mark, string !== undefined)
    if (next === undefined) return offset + (whole.length - whole.trimStart().length)
    expected = next
  }

  function step(mark: string | undefined, isString: boolean): Expected | undefined {
    const inside = open.at(-1)
    if (expected === 'colon') return mark === ':' ? 'value' : undefined
    if (expected === 'comma') {
      if (mark === ',') return inside === '{' ? 'name' : 'value'
      return close(mark)
    }
    if (expected === 'name' || expected === 'name or }') {
      if (isString) return 'colon'
      return expected === 'name or }' ? close(mark) : undefined
    }
    if (expected === 'end') return undefined
    if (mark === '{' || mark === '[') {
      open.push(mark)
      return mark === '{' ? 'name or }' : 'value or ]'
    }
    if (mark === undefined) return open.length > 0 ? 'comma' : 'end'
    return expected === 'value or ]' ? close(mark) : undefined
  }

  function close(mark: string | undefined): Expected | undefined {
    if (mark !== (open.at(-1) === '{' ? '}' : ']')) return undefined
    open.pop()
    return open.length > 0 ? 'comma' : 'end'
  }
}

function skipSpace(text: string, offset: number): number {
  const rest = text.slice(offset)
  return offset + (rest.length - rest.trimStart().length)
}
