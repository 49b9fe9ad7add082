import type { Secret } from '../secret.ts'

/** Where a master key is kept. */
export type SourceType = 'environment' | 'file' | 'passphrase' | 'generated'

/** A key in someone's hand. `keptIn` is where the next start will find it, for what a person is told; default: environment. */
export type GivenKey =
  | { key: Secret; keptIn?: 'environment' | 'file' | undefined }
  | { passphrase: Secret; keptIn?: undefined }

/** What a rotation goes to: a key given, or one that is made and kept in the data folder. */
export type NewKey = GivenKey | { generate: true }
