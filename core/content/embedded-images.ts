/** Google and others write images into Markdown as base64: megabytes of it, and nothing to read. */

const mark = 'data:image/'
/** Longer descriptions and labels are none: what looks for their beginning must come to an end. */
const longestLabel = 300

/** The text without such images; their descriptions stay. */
export function withoutEmbeddedImages(markdown: string): string {
  if (!markdown.includes(mark)) return markdown
  const dropped = new Set<string>()
  const kept: string[] = []
  let taken = 0
  for (let at = markdown.indexOf(mark); at >= 0; ) {
    const end = endOf(markdown, at)
    const head = markdown.slice(Math.max(taken, at - longestLabel), at)
    const image = /!\[([^\]\n]*)\]\(<?$/.exec(head)
    const definition = /(?:^|\n)\[([^\]\n]+)\]:[ \t]*<?$/.exec(head)
    if (image && markdown[end] === ')') {
      kept.push(markdown.slice(taken, at - image[0].length), image[1] ?? '')
      taken = end + 1
    } else if (definition) {
      dropped.add(definition[1] ?? '')
      kept.push(markdown.slice(taken, at - definition[0].length))
      taken = lineEnd(markdown, end)
    }
    at = markdown.indexOf(mark, Math.max(end, taken))
  }
  kept.push(markdown.slice(taken))
  const text = kept.join('')
  const shown =
    dropped.size === 0
      ? text
      : text.replace(reference, (whole, alt: string, label: string) => (dropped.has(label) ? alt : whole))
  return shown.trimEnd()
}

const reference = /!\[([^[\]\n]{0,300})\]\[([^[\]\n]{1,300})\]/g

/** Where the address ends: at a bracket or a line's end. */
function endOf(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== ')' && text[at] !== '\n' && text[at] !== '>') at++
  return text[at] === '>' && text[at + 1] === ')' ? at + 1 : at
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}
