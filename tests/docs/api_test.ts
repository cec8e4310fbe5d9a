/** What is documented in the source: that it is there for users, and that its examples run. */
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

/** A file that may be imported. */
interface Door {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols: readonly Documented[];
}

async function runDeno(...args: string[]): Promise<string> {
  const line = [Deno.execPath(), ...args];
  const { code, stdout, stderr } = await new RunningCommand(line, { folder: inRepository("") })
    .ended;
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

/** What the page of a door at jsr.io shows. */
async function doorOf(path: string): Promise<Door> {
  const { nodes } = JSON.parse(await runDeno("doc", "--json", path));
  return (Object.values(nodes) as Door[])[0]!;
}

/** What the page of mod.ts lists. */
async function documented(): Promise<readonly Documented[]> {
  return (await doorOf("mod.ts")).symbols;
}

Deno.test("mod.ts: what is documented as a value can be imported as one", async () => {
  const values = (await documented()).filter(({ declarations }) =>
    declarations.some(({ kind }) => ["function", "class", "variable", "enum"].includes(kind))
  );
  assertEquals(values.map(({ name }) => name).sort(), Object.keys(library).sort());
});

Deno.test("mod.ts: whatever a program calls has an example", async () => {
  const bare = (await documented()).filter(({ name, declarations }) => {
    const value = (library as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== "function" || value.prototype instanceof Error) return false;
    return !declarations.some(({ jsDoc }) => jsDoc?.doc?.includes("```ts\n"));
  });
  assertEquals(bare.map(({ name }) => name), []);
});

Deno.test("doors: each says what it is for", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
  const doors = await Promise.all(
    Object.values<string>(exports).map(async (path) => ({ path, ...await doorOf(path) })),
  );
  assert(doors.length >= 6, "they are not found any more");
  assertEquals(doors.filter((it) => !it.module_doc?.doc).map(({ path }) => path), []);
});

Deno.test("embedding.md: names every option of a scheduler, and of a task that is registered", async () => {
  const all = await documented();
  const own = (type: string) =>
    all.find(({ name }) => name === type)!.declarations[0]!.def!.properties!;
  const types = ["SchedulerOptions", "RunPolicyOptions", "RegisterOptions", "PolicyOptions"];
  const options = types.flatMap((type) => own(type).map(({ name }) => name));
  assert(options.length > 30, "they are not found any more");
  const text = await Deno.readTextFile(inRepository("docs/embedding.md"));
  assertEquals(options.filter((name) => !text.includes(`\`${name}\``)), []);
});

Deno.test("examples in the source: each of them is correct, and runs", async () => {
  const counts = librarySources()
    .map(({ path, text }) => ({ path, count: text.split(/^ *\* ```ts$/m).length - 1 }))
    .filter(({ count }) => count > 0);
  const expected = counts.reduce((sum, { count }) => sum + count, 0);
  assert(expected >= 8, "they are not found any more");
  const said = await runDeno("test", "--doc", "-A", ...counts.map(({ path }) => path));
  assertEquals(/(\d+) passed/.exec(said)?.[1], `${expected}`);
});
