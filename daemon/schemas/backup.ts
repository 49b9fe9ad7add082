import { z } from 'zod'
import { strict } from './strict.ts'

export const backupBody = strict({
  include_key: z
    .boolean()
    .optional()
    .meta({ default: false, description: 'Whether a key of the vault that is kept in the data folder is in it' }),
  compressed: z.boolean().optional().meta({ default: true, description: 'With gzip around it' }),
}).meta({ id: 'BackupOptions', description: 'What a backup is to hold, and how' })
