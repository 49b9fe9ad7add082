import { z } from 'zod'

const id = z.union([z.string(), z.number()])

/** Described, not checked: the protocol has answers of its own for what is wrong with a message. */
export const mcpMessage = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: id.optional().meta({ description: 'Absent in notifications' }),
    method: z.string().optional().meta({ example: 'tools/call' }),
    params: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'McpMessage', description: 'A message of JSON-RPC 2.0, as the Model Context Protocol has it' })

export const mcpAnswer = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: id.nullish(),
    result: z.record(z.string(), z.unknown()).optional(),
    error: z.looseObject({ code: z.number().int(), message: z.string() }).optional(),
  })
  .meta({ id: 'McpAnswer' })
