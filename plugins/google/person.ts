/** A person as mail headers write one: `Name <address>`, or what there is of it. */
export function toAuthor(name: string | undefined, address: string | undefined): string | undefined {
  if (name && address && name !== address) return `${name} <${address}>`
  return name || address || undefined
}
