/** Reads server-sent events as they come (WHATWG HTML, section 9.2.6). */

export interface StreamedEvent {
  event: string
  id: string
  /** Parsed: inlet's events have JSON in them. */
  data: unknown
}

/** @param chunks bytes of the body, cut anywhere */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of chunks) {
    waiting += decoder.decode(chunk, { stream: true })
    const blocks = waiting.split(/\r\n\r\n|\n\n|\r\r/)
    waiting = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = readBlock(block)
      if (event) yield event
    }
  }
}

/** A block without data, such as a comment that keeps the connection alive, is no event. */
function readBlock(block: string): StreamedEvent | undefined {
  const fields: Record<string, string> = {}
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/s.exec(line) ?? []
    if (name === 'data' && fields.data !== undefined) fields.data += `\n${value}`
    else fields[name] = value
  }
  if (fields.data === undefined) return undefined
  return { event: fields.event ?? 'message', id: fields.id ?? '', data: JSON.parse(fields.data) }
}
