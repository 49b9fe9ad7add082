import { z } from 'zod'
import { text } from './common.ts'

const version = z.literal('2.0').meta({ description: 'The version of JSON-RPC' })
const id = z.union([z.string(), z.number()])
const members = z.record(z.string(), z.unknown())

/** Described, not checked: the protocol has answers of its own for what is wrong with a message. */
export const mcpMessage = z
  .looseObject({
    jsonrpc: version,
    id: id.optional().meta({ description: 'Absent in notifications' }),
    method: z
      .string()
      .optional()
      .meta({ description: 'What is asked for', examples: ['tools/call'] }),
    params: members.optional().meta({ description: 'What the method takes' }),
  })
  .meta({
    id: 'McpMessage',
    description: 'A message of JSON-RPC 2.0, as the Model Context Protocol has it',
    examples: [
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'search', arguments: { query: 'recipe' } } },
    ],
  })

export const mcpAnswer = z
  .looseObject({
    jsonrpc: version,
    id: id.nullish().meta({ description: 'That of the message which it answers' }),
    result: members.optional().meta({ description: 'What the method gives' }),
    error: z
      .looseObject({ code: z.number().int().meta({ description: "JSON-RPC's or MCP's code" }), message: text('Why') })
      .optional()
      .meta({ description: 'Why there is no result' }),
  })
  .meta({
    id: 'McpAnswer',
    description: 'An answer of JSON-RPC 2.0',
    examples: [{ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: '3 found' }] } }],
  })
