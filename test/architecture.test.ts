import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkArchitecture, type SourceFile } from './support/architecture.ts'

const root = join(import.meta.dirname, '..')

function read(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => /\.(ts|tsx|js)$/.test(path) && statSync(join(root, path)).isFile())
    .map(path => ({ path: relative('.', path), text: readFileSync(join(root, path), 'utf8') }))
}

const files = ['core', 'plugins', 'daemon'].flatMap(read)

describe('the rules of the house', () => {
  it('hold for every file', () => {
    expect(files.length).toBeGreaterThan(40)
    expect(checkArchitecture(files)).toEqual([])
  })

  it('holds the top level to its folders and files', () => {
    const allowed = new Set([
      ...['core', 'plugins', 'daemon', 'test', 'config.example.json', 'package.json', 'tsconfig.json', 'README.md'],
      ...['package-lock.json', 'LICENSE', 'AGENTS.md', 'CHANGELOG.md', 'SECURITY.md'],
      // Made by tools and ignored by git.
      ...['node_modules', 'dist', 'data', 'config.json', 'coverage'],
    ])
    const strangers = readdirSync(root).filter(
      name => !/^\.|\.tgz$|^bench-results.*\.json$/.test(name) && !allowed.has(name),
    )
    expect(strangers).toEqual([])
  })
})

/** Each rule broken once, as someone in a hurry would. */
const breaches: { rule: string; file: SourceFile }[] = [
  {
    rule: 'core imports a plugin',
    file: { path: 'core/engine.ts', text: "import { slack } from '../plugins/slack/index.ts'" },
  },
  {
    rule: 'core imports the daemon',
    file: { path: 'core/engine.ts', text: "import { main } from '../daemon/main.ts'" },
  },
  {
    rule: 'a plugin imports the engine',
    file: { path: 'plugins/slack/index.ts', text: "import { drain } from '../../core/engine.ts'" },
  },
  { rule: 'a plugin imports a package', file: { path: 'plugins/slack/index.ts', text: "import { z } from 'zod'" } },
  {
    rule: 'a plugin imports a node module',
    file: { path: 'plugins/slack/index.ts', text: "import fs from 'node:fs'" },
  },
  {
    rule: 'a plugin imports dynamically',
    file: { path: 'plugins/slack/index.ts', text: "const fs = await import('node:fs')" },
  },
  {
    rule: 'a plugin uses fetch',
    file: { path: 'plugins/slack/index.ts', text: 'export const get = () => fetch(url)' },
  },
  {
    rule: 'a plugin imports another family',
    file: { path: 'plugins/slack/index.ts', text: "import { google } from '../google/index.ts'" },
  },
  {
    rule: 'a second importer of libsodium',
    file: { path: 'core/tokens.ts', text: "import sodium from 'libsodium-wrappers'" },
  },
  { rule: 'a second importer of lowdb', file: { path: 'core/jobs.ts', text: "import { Low } from 'lowdb'" } },
  {
    rule: 'a second importer of SQLite',
    file: { path: 'core/jobs.ts', text: "import { DatabaseSync } from 'node:sqlite'" },
  },
  {
    rule: 'a second importer of node-cron',
    file: { path: 'core/jobs.ts', text: "import { schedule } from 'node-cron'" },
  },
  { rule: 'Hono in core', file: { path: 'core/index.ts', text: "import { Hono } from 'hono'" } },
  {
    rule: 'the client imports the daemon',
    file: { path: 'daemon/client/index.ts', text: "import type { Slug } from '../problem-table.ts'" },
  },
  {
    rule: 'the client imports a node module',
    file: { path: 'daemon/client/api-key.ts', text: "import { readFile } from 'node:fs/promises'" },
  },
  { rule: 'a clock that is not passed in', file: { path: 'core/jobs.ts', text: 'const now = Date.now()' } },
  { rule: 'chance that is not passed in', file: { path: 'core/api.ts', text: 'const wait = Math.random()' } },
  { rule: 'a token revealed in a route', file: { path: 'daemon/routes/jobs.ts', text: 'log(token.reveal())' } },
  {
    rule: 'a plugin list that imports core',
    file: { path: 'plugins/index.ts', text: "import { drain } from '../core/engine.ts'" },
  },
]

describe('the architecture test', () => {
  it.each(breaches)('fails when there is $rule', ({ file }) => {
    expect(checkArchitecture([file])).toHaveLength(1)
    expect(dirname(file.path)).not.toBe('.')
  })
})
