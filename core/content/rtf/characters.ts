/** Bytes of RTF as text: each font may have a code page of its own. Source: RTF 1.9.1, "Font table", "Unicode". */
export interface Characters {
  /** Adds bytes of a code page; the last may be half a character. */
  add(bytes: Uint8Array, codePage: number): void
  /** The text of the bytes so far. */
  take(): string
}

export function createCharacters(): Characters {
  let pieces: Uint8Array[] = []
  let page = 0
  let text = ''
  return {
    add(bytes, codePage) {
      if (codePage !== page) flush()
      page = codePage
      pieces.push(bytes)
    },
    take() {
      flush()
      const taken = text
      text = ''
      return taken
    },
  }

  function flush(): void {
    const [first] = pieces
    if (!first) return
    text += decoderOf(page).decode(pieces.length === 1 ? first : Buffer.concat(pieces))
    pieces = []
  }
}

type Decoder = InstanceType<typeof TextDecoder>

const decoders = new Map<number, Decoder>()

function decoderOf(page: number): Decoder {
  let decoder = decoders.get(page)
  if (!decoder) {
    decoder = new TextDecoder(labelOf(page))
    decoders.set(page, decoder)
  }
  return decoder
}

function labelOf(page: number): string {
  const named = labels[page]
  if (named) return named
  return page >= 1250 && page <= 1258 ? `windows-${page}` : 'windows-1252'
}

const labels: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1361: 'euc-kr',
  10000: 'macintosh',
  20866: 'koi8-r',
  28591: 'windows-1252',
  28592: 'iso-8859-2',
  54936: 'gb18030',
  65001: 'utf-8',
}

/** The code page of a font's character set; `undefined` for the document's own. */
export function codePageOf(characterSet: number): number | undefined {
  return characterSets[characterSet]
}

const characterSets: Readonly<Record<number, number>> = {
  0: 1252,
  77: 10000,
  128: 932,
  129: 949,
  130: 1361,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
}
