import { afterAll, test } from 'vitest'
import { asana } from '../../../plugins/asana/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startAsana } from './asana-fixture.ts'

testSource({ plugin: asana, shortName: 'asana', start: startAsana, test, after: afterAll, ...depth })
