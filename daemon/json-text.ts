/** JSON of a body of this type. */
export type JsonText<Body> = string & { readonly of: Body }

export function toJsonText<Body>(body: Body): JsonText<Body> {
  return JSON.stringify(body) as JsonText<Body>
}
