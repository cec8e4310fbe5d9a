/** Functions whose call runs nothing. */

/**
 * Refuses a generator: what a call of it returns would have to be asked for its values, which nobody does.
 *
 * @param cannot How the refusal begins: `Cannot mark a task`.
 * @throws {TypeError} that says what to do.
 */
export function refuseGenerator(fn: object, cannot: string): void {
  const kind = (fn as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (kind !== "GeneratorFunction" && kind !== "AsyncGeneratorFunction") return;
  throw new TypeError(
    `${cannot} that is a generator: to call it runs nothing of it; use a function`,
  );
}
