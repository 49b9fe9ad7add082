/**
 * The same function, which does its work once for each word: for what is asked again and again with few words.
 * @param most beyond as many words, all are forgotten
 */
export function remembered<Value>(make: (word: string) => Value, most = 1000): (word: string) => Value {
  const known = new Map<string, Value>()
  return word => {
    const found = known.get(word)
    if (found !== undefined) return found
    if (known.size >= most) known.clear()
    const value = make(word)
    known.set(word, value)
    return value
  }
}

/** The same without words: made when it is first asked for. */
export function once<Value>(make: () => Value): () => Value {
  let known: { value: Value } | undefined
  return () => {
    known ??= { value: make() }
    return known.value
  }
}
