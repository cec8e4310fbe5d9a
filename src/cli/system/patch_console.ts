/** Other behaviour of the console, for a while: its output goes elsewhere, or may get lost. */
import { writeAll } from "../../base/write_all.ts";

/** Does some work, in which what is printed goes to the standard error. */
export async function withStdoutRedirected<T>(work: () => Promise<T>): Promise<T> {
  const { stdout, stderr } = Deno;
  const { error } = console;
  let fullConsole: Record<string, Method> | undefined;
  using _replaced = patchConsole((_print, name) =>
    // Tables, groups and counters need a whole console, which takes 25 ms to load.
    ["log", "info", "debug", "warn", "error"].includes(name)
      ? error
      : (...values) => (fullConsole ??= stderrConsole())[name]?.(...values)
  );
  stdout.writeSync = (bytes) => stderr.writeSync(bytes);
  stdout.write = (bytes) => stderr.write(bytes);
  let writable: WritableStream<Uint8Array> | undefined; // a stream of its own, for who closes it
  Object.defineProperty(stdout, "writable", {
    configurable: true,
    get: () => writable ??= new WritableStream({ write: (bytes) => writeAll(stderr, bytes) }),
  });
  try {
    return await work();
  } finally {
    for (const name of ["writeSync", "write", "writable"]) Reflect.deleteProperty(stdout, name);
  }
}

function stderrConsole(): Record<string, Method> {
  const { Console } = process.getBuiltinModule("node:console");
  return new Console(process.stderr, process.stderr) as unknown as Record<string, Method>;
}

/** From now on the console is silent where it cannot print, until it is disposed of. */
export function ignoreConsoleErrors(): Disposable {
  return patchConsole((print) => (...values) => {
    try {
      print(...values);
    } catch (error) {
      if (!/\(os error \d+\)/.test(String(error))) throw error;
    }
  });
}

/** A method of the console. */
type Method = (...values: unknown[]) => void;

/**
 * Replaces each method.
 *
 * @param other What stands in the place of a method.
 * @returns Puts the methods back.
 */
function patchConsole(other: (print: Method, name: string) => Method): Disposable {
  const methods = console as unknown as Record<string, Method>;
  const originals = Object.entries(methods).filter(([, it]) => typeof it === "function");
  for (const [name, print] of originals) methods[name] = other(print, name);
  return { [Symbol.dispose]: () => void Object.assign(methods, Object.fromEntries(originals)) };
}
