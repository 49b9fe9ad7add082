const hidden = '[secret]'
/** Node's `util.inspect.custom`, by its registered name: the declaration needs no types of Node then. */
const inspectCustom: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/**
 * A token, client secret or passphrase. Printing, serialising or inspecting one shows `[secret]`;
 * only `reveal()` gives the value, and the architecture test counts who calls it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspectCustom](): string {
    return hidden
  }
}
