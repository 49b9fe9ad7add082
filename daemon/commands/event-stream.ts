/** Reads server-sent events as they come (WHATWG HTML, section 9.2.6). */

export interface StreamedEvent {
  event: string
  id: string
  /** Parsed: inlet's events have JSON in them. */
  data: unknown
}

/**
 * @param chunks bytes of the body, cut anywhere
 * @param onId told of an id that comes without an event: where the stream begins
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  onId?: (id: string) => void,
): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of chunks) {
    waiting += decoder.decode(chunk, { stream: true })
    const blocks = waiting.split(/\r\n\r\n|\n\n|\r\r/)
    waiting = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = readFields(block)
      if (fields.data !== undefined) yield { ...eventOf(fields), data: JSON.parse(fields.data) }
      else if (fields.id !== undefined) onId?.(fields.id)
    }
  }
}

type Fields = Readonly<Record<string, string | undefined>>

function eventOf({ event, id }: Fields) {
  return { event: event ?? 'message', id: id ?? '' }
}

/** A block without data, such as a comment that keeps the connection alive, is no event. */
function readFields(block: string): Fields {
  const fields: Record<string, string> = {}
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/s.exec(line) ?? []
    if (name === 'data' && fields.data !== undefined) fields.data += `\n${value}`
    else fields[name] = value
  }
  return fields
}
