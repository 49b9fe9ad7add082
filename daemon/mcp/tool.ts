/** What a tool is: what it takes and gives, the scope that it needs, and how its mistakes are told. */
import type { CallToolResult, McpServer, ServerContext, StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { AccessScope } from '../../core/access.ts'
import type { Clock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import type { Inlet } from '../../core/inlet.ts'
import { isJsonObject } from '../../core/json.ts'
import type { Log } from '../../core/log.ts'
import { fieldErrors } from '../schemas/strict.ts'
import { cut } from './size.ts'

/** In an answer: described without the bounds that JavaScript has. */
export const wholeNumber = z.number().meta({ type: 'integer' })

/** What a call works with. */
export interface ToolCall {
  /** Limited to what the caller may do and see. */
  inlet: Inlet
  clock: Clock
  /** Aborted when nobody waits any more, or the daemon stops. */
  signal: AbortSignal
  /** Tells a client that asked for it how far a call is. @param done more than the last time, or nothing is told */
  progress(done: number, message: string): void
}

export interface ToolAnswer<Output> {
  structured: Output
  /** The same, for those that show text alone. */
  text: string
}

export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  name: string
  title: string
  /** For a model, which decides by it. */
  description: string
  /** What a key must have for it: to a key without it, it is not even listed. */
  scope: AccessScope
  input: Input
  output: Output
  /** What it may change, as MCP has it: hints for clients that ask a person first. */
  hints: { readOnlyHint: boolean; idempotentHint: boolean; destructiveHint: boolean; openWorldHint: boolean }
  /** @throws Failure, which the model is told in one sentence */
  run(input: z.output<Input>, call: ToolCall): Promise<ToolAnswer<z.input<Output>>>
}

export interface Tool {
  name: string
  scope: AccessScope
  addTo(server: McpServer, surroundings: ToolSurroundings): void
}

export interface ToolSurroundings {
  inlet: Inlet
  clock: Clock
  log: Log
  /** Aborted when the daemon begins to stop. */
  closing: AbortSignal
}

/** Hints of tools that look into the store and change nothing. */
export const looksOnly = { readOnlyHint: true, idempotentHint: true, destructiveHint: false, openWorldHint: false }

export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, scope, output } = tool
  const config = { title, description, inputSchema: told(tool.input), outputSchema: output, annotations: tool.hints }
  return {
    name,
    scope,
    addTo(server, { inlet, clock, log, closing }) {
      server.registerTool(name, config, async (input, context): Promise<CallToolResult> => {
        const signal = AbortSignal.any([context.mcpReq.signal, closing])
        try {
          const call = { inlet, clock, signal, progress: progressOf(context) }
          const { structured, text } = await tool.run(input, call)
          return { content: [{ type: 'text', text }], structuredContent: structured }
        } catch (error) {
          if (!(error instanceof Failure) || error.code === 'internal') {
            log.error({ err: error, tool: name }, 'an MCP tool failed')
          }
          return { content: [{ type: 'text', text: mistakeOf(error) }], isError: true }
        }
      })
    },
  }
}

const longestMistake = 1000

/** What to do, after what was wrong. */
const advice: Readonly<Record<string, string>> = {
  'unknown-connection': 'list_connections shows those that there are',
  'unknown-collection': 'list_connections shows which connection is in which collection',
  'unknown-entity': 'it may have been deleted; search finds what there is',
  'unknown-job': 'sync_status with the connection alone tells of its last one',
  'pending-auth': 'a person connects it in the dashboard',
}

function mistakeOf(error: unknown): string {
  if (!(error instanceof Failure) || error.code === 'internal') {
    return 'Something went wrong in inlet, and its log tells where: asking again will hardly help.'
  }
  const next = advice[error.problem ?? ''] ?? (error.remedy === 'reauthorize' ? 'a person must sign in again' : '')
  const message = cut(error.message, longestMistake)
  return next === '' ? `${message}.` : `${message}: ${next}.`
}

/**
 * A schema whose issues are said as the API says them. Models write null or nothing where they mean to leave a member
 * out: it is left out then, where it may be.
 */
function told<Schema extends z.ZodObject>(schema: Schema): StandardSchemaWithJSON<z.input<Schema>, z.output<Schema>> {
  const { '~standard': standard } = schema as StandardSchemaWithJSON<z.input<Schema>, z.output<Schema>>
  return {
    '~standard': {
      ...standard,
      validate(value) {
        const result = schema.safeParse(withoutBlanks(schema, value))
        if (result.success) return { value: result.data }
        return { issues: fieldErrors(result.error).map(({ location, message }) => ({ message, path: [...location] })) }
      },
    },
  }
}

function withoutBlanks({ shape }: z.ZodObject, value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const isLeftOut = ([name, member]: [string, unknown]) =>
    (member === null || member === '') && shape[name]?.safeParse(undefined).success === true
  return Object.fromEntries(Object.entries(value).filter(entry => !isLeftOut(entry)))
}

function progressOf({ mcpReq }: ServerContext): ToolCall['progress'] {
  const progressToken = mcpReq._meta?.progressToken
  let last = -1
  return (progress, message) => {
    if (progressToken === undefined || progress <= last) return
    last = progress
    // Who has gone is told nothing.
    mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(() => {})
  }
}
