/** Runs before each test file. */
import { afterAll } from 'vitest'
import { keepThreads } from '../../core/store/spare-threads.ts'
import { closeFile } from './per-file.ts'

// Each test has a store of its own, and starting a thread for it takes longer than most tests.
export const keptInTests = 6
keepThreads(keptInTests)

afterAll(closeFile)
