/** What the streamable HTTP transport says of a message in headers, which the standard input does not have. */
import {
  isInitializeRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server'
import { isJsonObject } from '../../core/json.ts'

export interface MessageHeaders {
  of(message: JSONRPCMessage): Record<string, string>
  /** Takes in what the answer to a request says of those that follow. */
  learn(request: JSONRPCMessage, answer: JSONRPCMessage): void
}

/** Which member of `params` is mirrored, by method (MCP 2026-07-28, streamable HTTP, standard request headers). */
const named: Readonly<Record<string, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' }

export function createHeaders(): MessageHeaders {
  /** Of versions before 2026-07-28, which say it once, at the beginning. */
  let agreedVersion: string | undefined
  return {
    of(message) {
      const { method, params } = partsOf(message)
      const meta = isJsonObject(params._meta) ? params._meta : {}
      const version = meta[PROTOCOL_VERSION_META_KEY]
      if (typeof version !== 'string') {
        return agreedVersion === undefined ? {} : { 'MCP-Protocol-Version': agreedVersion }
      }
      const name = params[Object.hasOwn(named, method) ? (named[method] ?? '') : '']
      return {
        'MCP-Protocol-Version': encode(version),
        'Mcp-Method': encode(method),
        ...(typeof name === 'string' && { 'Mcp-Name': encode(name) }),
      }
    },
    learn(request, answer) {
      if (!isInitializeRequest(request) || !isJSONRPCResultResponse(answer)) return
      const { protocolVersion } = answer.result
      if (typeof protocolVersion === 'string') agreedVersion = encode(protocolVersion)
    },
  }
}

function partsOf(message: JSONRPCMessage): { method: string; params: Record<string, unknown> } {
  if (!('method' in message)) return { method: '', params: {} }
  const { method, params } = message
  return { method, params: isJsonObject(params) ? params : {} }
}

/** What is no plain field value is written in base64, as the transport has it. */
function encode(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value)
  return isPlain ? value : `=?base64?${Buffer.from(value.toWellFormed(), 'utf8').toString('base64')}?=`
}
