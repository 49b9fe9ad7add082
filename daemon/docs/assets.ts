/**
 * What the page of the reference loads: Swagger UI's own files, and two of ours. Those of Swagger UI are a development
 * dependency, and `.ci/build.mjs` copies them beside this file: as a dependency of the package, it would bring along
 * one that reports each installation to its makers.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const types = {
  'swagger-ui-bundle.js': 'text/javascript',
  'swagger-ui.css': 'text/css',
  'docs.js': 'text/javascript',
  'docs.css': 'text/css',
} as const

export type DocsAsset = keyof typeof types

export const docsAssets = Object.keys(types) as DocsAsset[]

export interface Asset {
  content: Uint8Array<ArrayBuffer>
  type: string
  tag: string
}

/** The file as it is sent. They are large and seldom asked for, and so not kept. */
export async function readDocsAsset(name: DocsAsset): Promise<Asset> {
  const content = new Uint8Array(await readFile(pathOf(name)))
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  return { content, type: `${types[name]}; charset=utf-8`, tag }
}

function pathOf(name: DocsAsset): string {
  if (!name.startsWith('swagger-ui')) return here(`client/${name}`)
  const copied = here(`swagger-ui/${name}`)
  return existsSync(copied) ? copied : createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`)
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
