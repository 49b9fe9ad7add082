import { testSource } from 'inlet/testing'
import { afterAll, test } from 'vitest'
import notebook from '../support/example-plugin.ts'
import { startNotebook } from '../support/fake-notebook.ts'
import { isFull } from '../support/suite-depth.ts'

testSource({ plugin: notebook, shortName: 'notebook', start: startNotebook, test, after: afterAll, thorough: isFull })
