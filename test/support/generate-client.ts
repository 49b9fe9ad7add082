/** `npm run client`: writes the client's types anew, after the description of the API has changed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateClient, generatedFile } from './client-generator.ts'
import { servedDocument } from './served-document.ts'

const { document } = await servedDocument()
writeFileSync(join(import.meta.dirname, '..', '..', generatedFile), generateClient(document))
