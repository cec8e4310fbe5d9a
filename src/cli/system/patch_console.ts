/** Temporary patches of the console: redirected output, and ignored write errors. */
import { writeAll } from "../../base/write_all.ts";

/** Runs work while the console and the standard output print to the standard error. */
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

/** Ignores write errors of the console until the result is disposed of. */
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
 * Replaces every method.
 *
 * @param other Returns the replacement of a method.
 * @returns Restores the methods when disposed of.
 */
function patchConsole(other: (print: Method, name: string) => Method): Disposable {
  const methods = console as unknown as Record<string, Method>;
  const originals = Object.entries(methods).filter(([, it]) => typeof it === "function");
  for (const [name, print] of originals) methods[name] = other(print, name);
  return { [Symbol.dispose]: () => void Object.assign(methods, Object.fromEntries(originals)) };
}
