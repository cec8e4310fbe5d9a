/**
 * Keeps the standard output for the results: `tdrun module.ts --graph=json | jq` is to work for a module
 * that prints something while it is loaded.
 */
import { writeAll } from "../../base/write_all.ts";
import { type Method, patchConsole } from "./patch_console.ts";

/** Does some work, in which what is printed goes to the standard error. */
export async function withStdoutRedirected<T>(work: () => Promise<T>): Promise<T> {
  const { stdout, stderr } = Deno;
  const { error } = console;
  let whole: Record<string, Method> | undefined;
  using _replaced = patchConsole((_print, name) =>
    // Tables, groups and counters need a whole console, which takes 25 ms to load.
    ["log", "info", "debug", "warn", "error"].includes(name)
      ? error
      : (...values) => (whole ??= stderrConsole())[name]?.(...values)
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
