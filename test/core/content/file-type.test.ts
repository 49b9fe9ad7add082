import { describe, expect, it } from 'vitest'
import { convertibleType, isConvertible, mediaTypeOfName } from '../../../core/content/file-type.ts'

describe('the type of a file', () => {
  it('follows from its name', () => {
    expect(mediaTypeOfName('Report.final.DOCX')).toBe(
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    )
    expect(mediaTypeOfName('main.rs')).toBe('text/plain')
    for (const name of ['', 'README', 'picture.png', 'a.constructor', 'x.'.repeat(1000)]) {
      expect(mediaTypeOfName(name)).toBeUndefined()
    }
  })

  it.each([
    ['application/pdf', '', 'application/pdf'],
    ['text/html; charset=x', 'page.pdf', 'text/html; charset=x'],
    ['application/octet-stream', 'a.pdf', 'application/pdf'],
    ['', 'a.md', 'text/markdown'],
    ['application/vnd.ms-excel', 'export.csv', 'text/csv'],
    ['application/vnd.ms-excel', 'old.xls', 'application/vnd.ms-excel'],
    ['application/zip', 'a.odt', 'application/vnd.oasis.opendocument.text'],
    ['application/zip', 'a.zip', 'application/zip'],
    ['text/plain', 'notes', 'text/plain'],
    ['video/mp2t', 'index.ts', 'text/plain'],
    ['application/x-unheard-of', 'a.epub', 'application/epub+zip'],
    ['image/png', 'a.txt', undefined],
    ['application/octet-stream', 'a.bin', undefined],
    ['application/x-tar', 'a.tar', undefined],
  ])('called %j and named %j is %j', (mediaType, name, expected) => {
    expect(convertibleType(mediaType, name)).toBe(expected)
    expect(isConvertible(mediaType, name)).toBe(expected !== undefined)
  })
})
