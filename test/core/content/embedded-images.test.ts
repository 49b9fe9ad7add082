import { describe, expect, it } from 'vitest'
import { withoutEmbeddedImages } from '../../../core/content/embedded-images.ts'

const image = `data:image/png;base64,${'iVBORw0KGgo'.repeat(1000)}=`

describe('images in the text itself', () => {
  it.each([
    ['in place', `before ![a *cat*](${image}) after`, 'before a *cat* after'],
    ['in angle brackets', `before ![](<${image}>) after`, 'before  after'],
    [
      'by reference',
      `![a cat][image1]\n\nwords\n\n[image1]: <${image}>\n[two]: https://x.test\n`,
      'a cat\n\nwords\n\n[two]: https://x.test',
    ],
    ['several of them', `![one](${image})![two](${image})\n![three](${image})`, 'onetwo\nthree'],
  ])('go, and their description stays: %s', (_name, markdown, text) => {
    expect(withoutEmbeddedImages(markdown)).toBe(text)
  })

  it.each([
    'nothing of the kind',
    '[decision]: data: goes to Frankfurt',
    'see data:image/png, which is no image here',
    '![a cat][image1] and ![dog](https://x.test/dog.png)\n\n[image1]: https://x.test/cat.png',
    '![cut off](data:image/png;base64,iVBOR',
  ])('are nothing else: %s', markdown => {
    expect(withoutEmbeddedImages(markdown)).toBe(markdown)
  })

  it('are looked for in one pass, whatever is made to look like one', () => {
    for (const part of ['![', '](data:image/', '![](data:image/', '[a]: data:image/', '![a][b]', '\n[']) {
      const text = `data:image/ ${part.repeat(200_000)}`
      expect(withoutEmbeddedImages(text).length).toBeGreaterThan(10)
    }
  })
})
