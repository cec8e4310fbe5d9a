/** Documentation in the source: complete for users, with examples that run. */
import { assert, assertEquals } from "@std/assert";
import * as library from "../../mod.ts";
import { inRepository, RunningCommand } from "../support/command.ts";
import { librarySources } from "../support/sources.ts";

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: { readonly doc?: string };
    readonly def?: { readonly properties?: readonly { readonly name: string }[] };
  }[];
}

/** The documentation of an entry point, by `deno doc`. */
interface EntryPoint {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols: readonly Documented[];
}

async function runDeno(...args: string[]): Promise<string> {
  const line = [Deno.execPath(), ...args];
  const options = { folder: inRepository(""), limitMs: 180_000 }; // it type-checks all sources
  const { code, stdout, stderr } = await new RunningCommand(line, options)
    .ended;
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

/** The documentation of an entry point, as on jsr.io. */
async function documentationOf(path: string): Promise<EntryPoint> {
  const { nodes } = JSON.parse(await runDeno("doc", "--json", path));
  return (Object.values(nodes) as EntryPoint[])[0]!;
}

/** The documented symbols of mod.ts. */
async function documented(): Promise<readonly Documented[]> {
  return (await documentationOf("mod.ts")).symbols;
}

Deno.test("mod.ts exports exactly the documented values", async () => {
  const values = (await documented()).filter(({ declarations }) =>
    declarations.some(({ kind }) => ["function", "class", "variable", "enum"].includes(kind))
  );
  assertEquals(values.map(({ name }) => name).sort(), Object.keys(library).sort());
});

Deno.test("mod.ts has an example for every function and class", async () => {
  const bare = (await documented()).filter(({ name, declarations }) => {
    const value = (library as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== "function" || value.prototype instanceof Error) return false;
    return !declarations.some(({ jsDoc }) => jsDoc?.doc?.includes("```ts\n"));
  });
  assertEquals(bare.map(({ name }) => name), []);
});

Deno.test("deno.json exports only entry points and functions that have an example", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
  const entryPoints = await Promise.all(
    Object.values<string>(exports).map(async (path) => ({ path, ...await documentationOf(path) })),
  );
  assert(entryPoints.length >= 6, "not found any more");
  const modules = entryPoints.filter((it) => !/^```(ts|sh)$/m.test(it.module_doc?.doc ?? ""));
  assertEquals(modules.map(({ path }) => path), []);
  const functions = entryPoints.flatMap(({ path, symbols }) =>
    symbols.filter(({ declarations }) =>
      declarations.some(({ kind }) => kind === "function") &&
      !declarations.some(({ jsDoc }) => jsDoc?.doc?.includes("```ts\n"))
    ).map(({ name }) => `${path}: ${name}`)
  );
  assertEquals(functions, []);
});

Deno.test("docs/embedding.md lists every option of Scheduler and of register()", async () => {
  const all = await documented();
  const own = (type: string) =>
    all.find(({ name }) => name === type)!.declarations[0]!.def!.properties!;
  const types = ["SchedulerOptions", "RunPolicyOptions", "RegisterOptions", "PolicyOptions"];
  const options = types.flatMap((type) => own(type).map(({ name }) => name));
  assert(options.length > 30, "not found any more");
  const text = await Deno.readTextFile(inRepository("docs/embedding.md"));
  assertEquals(options.filter((name) => !text.includes(`\`${name}\``)), []);
});

Deno.test("deno test --doc passes for all examples in the sources", async () => {
  const counts = librarySources()
    .map(({ path, text }) => ({ path, count: text.split(/^ *\* ```ts$/m).length - 1 }))
    .filter(({ count }) => count > 0);
  const expected = counts.reduce((sum, { count }) => sum + count, 0);
  assert(expected >= 8, "not found any more");
  const output = await runDeno("test", "--doc", "-A", ...counts.map(({ path }) => path));
  assertEquals(/(\d+) passed/.exec(output)?.[1], `${expected}`);
});
