// Prints `N passed, N failed, N skipped` from the JSON report of a test run; the exit code is 1 unless something passed
// and nothing failed. Runs on any Node from 18 on.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const statuses = report.testResults.flatMap(file => {
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  if (file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')) return ['failed']
  return file.assertionResults.map(({ status }) => status)
})
const passed = statuses.filter(status => status === 'passed').length
const failed = statuses.filter(status => status === 'failed').length
const skipped = statuses.length - passed - failed

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = passed > 0 && failed === 0 ? 0 : 1
