/** Other methods in place of the console's, all of them, for a while. */

/** A method of the console. */
export type Method = (...values: unknown[]) => void;

/**
 * Replaces each method.
 *
 * @param other What stands in the place of a method.
 * @returns Puts the methods back.
 */
export function patchConsole(other: (print: Method, name: string) => Method): Disposable {
  const methods = console as unknown as Record<string, Method>;
  const originals = Object.entries(methods).filter(([, it]) => typeof it === "function");
  for (const [name, print] of originals) methods[name] = other(print, name);
  return { [Symbol.dispose]: () => void Object.assign(methods, Object.fromEntries(originals)) };
}
