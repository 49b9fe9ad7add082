import { afterAll, test } from 'vitest'
import { slack } from '../../../plugins/slack/index.ts'
import { testSource } from '../../support/source-suite/index.ts'
import { depth } from '../../support/suite-depth.ts'
import { startSlack } from './slack-fixture.ts'

testSource({ plugin: slack, shortName: 'slack', start: startSlack, test, after: afterAll, ...depth })
