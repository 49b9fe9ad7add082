import { afterAll, test } from 'vitest'
import { notion } from '../../../plugins/notion/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startNotion } from './notion-fixture.ts'

testSource({ plugin: notion, shortName: 'notion', start: startNotion, test, after: afterAll, ...depth })
