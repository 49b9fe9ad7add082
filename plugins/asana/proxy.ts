import type { ProxyRules } from '../../core/plugin.ts'

export const proxy: ProxyRules = {
  // Asana's options can stand in the query (https://developers.asana.com/docs/inputoutput-options): none may name a method.
  judge: ({ parameters }) => (parameters.some(name => /^(?:opt_)?method$/i.test(name)) ? 'writes' : undefined),
}
