/**
 * What code that tears down prints may get lost: that a terminal was closed meanwhile, or a disk is full, is
 * no reason to leave the rest standing.
 */

type Method = (...values: unknown[]) => void;

/** From now on the console is silent where it cannot print, until it is disposed of. */
export function lossyConsole(): Disposable {
  const methods = console as unknown as Record<string, Method>;
  const originals = Object.entries(methods).filter(([, it]) => typeof it === "function");
  for (const [name, print] of originals) {
    methods[name] = (...values) => {
      try {
        print(...values);
      } catch (error) {
        if (!/\(os error \d+\)/.test(String(error))) throw error;
      }
    };
  }
  return { [Symbol.dispose]: () => void Object.assign(methods, Object.fromEntries(originals)) };
}
