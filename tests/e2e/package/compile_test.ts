/**
 * `deno task compile` without its downloaded runtime: Deno itself stands in, so the executable does
 * not work, but contains the same files.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, normalize } from "node:path";
import { pack } from "../../../tools/pack.ts";
import { inRepository, RunningCommand } from "../../support/command.ts";
import { JsrRegistry } from "../../support/jsr_registry.ts";
import { addStdPackages } from "../../support/std_packages.ts";

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

Deno.test("deno task compile includes exactly the files that a run loads", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  await using registry = new JsrRegistry();
  await addStdPackages(registry);
  try {
    await pack(`${folder}/dist`);
    const deno = Deno.execPath();
    const { tasks } = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
    const [first, compile] = tasks.compile.replace("tdrun", "tdrun --no-check").split(" && ");
    assertEquals(first, "deno task pack");
    const { code, stdout, stderr } = await new RunningCommand(
      [deno, ...compile.split(" ").slice(1)],
      {
        folder,
        env: {
          DENORT_BIN: await Deno.realPath(deno),
          JSR_URL: registry.url,
          DENO_DIR: `${folder}/cache`,
          NO_COLOR: "1",
        },
      },
    ).ended;
    assertEquals(code, 0, stdout + stderr);
    const files = filesIn(stdout + stderr);
    const packages = files.map((it) => /localhost\/((?:@[^/]+\/)?[^/]+)/.exec(it)?.[1])
      .filter((it) => it !== undefined);
    assertEquals(packages, [], "@std comes from JSR, and the command needs no npm package");
    assertMatch(stdout + stderr, /^Remote modules: [\d.]+KB$/m);
    const own = files.filter((it) => !it.startsWith(".deno_compile_node_modules/"));
    const rooms = new Set(own.map((path) => path.split("/")[0]));
    assertEquals([...rooms].sort(), ["cli.js", "mod.js", "src", "workers"]);
    const roots = ["cli.js", "mod.js", "workers/task_worker.js"];
    const missing = [...loadedFrom(`${folder}/dist`, roots)].filter((it) => !isListed(it, own));
    assertEquals(missing, []);
    const { size } = await Deno.stat(`${folder}/tdrun`);
    assert(size > (await Deno.stat(deno)).size, "nothing was put into it");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Files of a package that the roots import, directly or indirectly, and the roots. */
function loadedFrom(folder: string, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const worklist = [...roots];
  for (let path = worklist.pop(); path !== undefined; path = worklist.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = Deno.readTextFileSync(`${folder}/${path}`);
    for (const [, to] of text.matchAll(/\b(?:from |import ?\(?)"(\.[^"]+\.js)"/g)) {
      worklist.push(normalize(`${dirname(path)}/${to}`));
    }
  }
  assert(found.size > 15, "the imports are not found any more");
  return found;
}
