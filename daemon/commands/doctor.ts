import { defineCommand } from '../command-line/command.ts'
import { cleanLines } from '../command-line/text.ts'
import type { Finding } from '../doctor/finding.ts'

export const doctor = defineCommand({
  name: 'doctor',
  group: 'keep',
  summary: 'look for what is wrong, and say how to mend it',
  description: [
    "Checks Node, the configuration, the data folder's rights and room, the database, this machine's clock, the port, the vault, and each connection's token: whether it works, when it dies, which scopes it needs. Tokens that are due are refreshed; nothing else is changed. It may be run while the daemon runs.",
  ],
  examples: [
    { command: 'inlet doctor', says: 'What is wrong, if anything' },
    { command: 'inlet doctor --json | jq \'.[] | select(.state == "bad")\'', says: 'The same for a program' },
  ],
  exits: { 0: 'nothing is wrong (warnings may be there)', 1: 'something is wrong' },
  async run(_call, context) {
    // What it looks with is most of inlet: loaded when it is wanted.
    const { examine } = await import('../doctor/examine.ts')
    const findings: Finding[] = []
    for await (const finding of examine(context)) {
      findings.push(finding)
      if (!context.isJson) await context.write(cleanLines(lineOf(finding)))
    }
    if (context.isJson) await context.answer(findings, [])
    return findings.some(({ state }) => state === 'bad') ? 1 : 0
  },
})

const marks = { good: 'good   ', warning: 'warning', bad: 'BAD    ' } as const

function lineOf({ check, state, says, mend }: Finding): string {
  return `${marks[state]}  ${check}: ${says}${mend === undefined ? '' : `\n         -> ${mend}`}`
}
