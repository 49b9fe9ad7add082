import { Failure } from '../../errors.ts'
import { protectedByPassword } from '../protected.ts'

/** Whether bytes are a compound file: what Office wrote until 2007, and what it still puts around encrypted documents. */
export function isCompound(bytes: Uint8Array): boolean {
  return compoundMark.every((byte, index) => bytes[index] === byte)
}

const compoundMark = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]

/** Why a compound file that should be a document is none that can be read. */
export function refusalOfCompound(bytes: Uint8Array): Failure {
  const encrypted = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(
    Buffer.from('EncryptedPackage', 'utf16le'),
  )
  if (encrypted) return protectedByPassword()
  const message = 'the document is in a form of Office before 2007 that cannot be read: save it as DOCX, XLSX or PPTX'
  return new Failure('item_unreadable', message)
}
