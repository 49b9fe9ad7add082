/** Runs before each test file. */
import { afterAll } from 'vitest'
import { closeFile } from './per-file.ts'

afterAll(closeFile)
