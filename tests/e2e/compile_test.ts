/**
 * `deno task compile`, as far as it goes without the runtime it downloads: Deno itself stands for that, so
 * the executable does not work, but what is put into it is what would be.
 */
import { assert, assertEquals } from "@std/assert";
import { inRepository, RunningCommand } from "../support/command.ts";
import { importsOf, librarySources } from "../support/sources.ts";

/** The files in a tree as `deno compile` draws it, without sizes; folders end with a slash. */
function filesIn(listing: string): string[] {
  const files: string[] = [];
  const above: string[] = [];
  for (const line of listing.split("\n")) {
    const [, indent, name] = /^((?:[│ ] )*)[├└]─[─┬] (\S+)/.exec(line) ?? [];
    if (indent === undefined || name === undefined) continue;
    above.splice(indent.length / 2, Infinity, name.replace(/\/\*$/, ""));
    if (!line.includes("┬")) files.push(above.join("/") + (name.endsWith("/*") ? "/" : ""));
  }
  return files;
}

/** Whether a listing names a file, or a folder with all that is in it. */
function isListed(path: string, files: readonly string[]): boolean {
  return files.some((it) => it.endsWith("/") ? path.startsWith(it) : path === it);
}

Deno.test("deno task compile: what a run loads is in the executable, and nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    const deno = Deno.execPath();
    const { tasks } = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
    const args = tasks.compile.replace("--output tdrun", `--no-check --output ${folder}/tdrun`);
    const { code, stdout, stderr } = await new RunningCommand(
      [deno, ...args.split(" ").slice(1)],
      { env: { DENORT_BIN: await Deno.realPath(deno), NO_COLOR: "1" } },
    ).ended;
    assertEquals(code, 0, stdout + stderr);
    const files = filesIn(stdout + stderr);
    const packages = files.map((it) => /localhost\/((?:@[^/]+\/)?[^/]+)/.exec(it)?.[1])
      .filter((it) => it !== undefined);
    assertEquals(packages, ["@commander-js/extra-typings", "commander", "deno-std"]);
    const own = files.filter((it) => !it.startsWith(".deno_compile_node_modules/"));
    const rooms = new Set(own.map((path) => path.split("/")[0]));
    assertEquals([...rooms].sort(), ["cli.ts", "mod.ts", "src", "workers"]);
    const missing = [...loadedFrom(["cli.ts", "mod.ts", "workers/task_worker.ts"])]
      .filter((path) => !isListed(path, own));
    assertEquals(missing, []);
    const { size } = await Deno.stat(`${folder}/tdrun`);
    assert(size > (await Deno.stat(deno)).size, "nothing was put into it");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The files that come with some, by imports that are more than types. */
function loadedFrom(roots: readonly string[]): Set<string> {
  const sources = new Map(librarySources().map((source) => [source.path, source]));
  const found = new Set<string>();
  const worklist = [...roots];
  for (let path = worklist.pop(); path !== undefined; path = worklist.pop()) {
    const source = sources.get(path);
    if (source === undefined || found.has(path)) continue;
    found.add(path);
    worklist.push(...importsOf(source).filter((it) => !it.isTypeOnly).map(({ to }) => to));
  }
  assert(found.size > 100, "the imports are not found any more");
  return found;
}
