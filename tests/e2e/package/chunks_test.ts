/**
 * The chunks of the package: a thread must not load the command, and no part of the command that
 * most runs evaluate may load a module of Node.js, which takes up to 27 ms.
 */
import { assert, assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { pack } from "../../../tools/pack.ts";

/** The parts that threads and programs with a scheduler load. */
const PARTS = [
  "mod",
  "workers/task_worker",
  "workers/task_process",
  "workers/engine_thread",
  "src/thread/cached_call",
  "src/pool/process_pool",
];
/** The chunks of the command alone. */
const COMMAND = ["start", "command", "commands", "options", "respawn", "watch"];
/** The chunks without modules of Node.js. */
const WITHOUT_NODE = COMMAND.filter((it) => it !== "watch");

const IMPORT = /^(?:import|export)\b[^;]*?(?:from )?"([^"]+)"/gm;

/** The static imports of a file. */
function importsOf(path: string): string[] {
  return Array.from(Deno.readTextFileSync(path).matchAll(IMPORT), ([, name]) => name!);
}

/** The names of the files that a file loads, transitively: `command` for `command-CkIwc4Gq.js`. */
function chunksOf(path: string): string[] {
  const found = new Set([path]);
  for (const at of found) {
    for (const name of importsOf(at)) if (name.startsWith(".")) found.add(join(at, "..", name));
  }
  return [...found].map(chunkName);
}

function chunkName(path: string): string {
  return basename(path).replace(/-[\w-]{8}\.js$/, "");
}

Deno.test("pack() creates chunks that load no more than they need", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    await pack(folder);
    const built = [...Deno.readDirSync(`${folder}/src/built`)].map(({ name }) => name);

    for (const part of PARTS) {
      await t.step(`${part} loads no part of the command`, () => {
        const chunks = chunksOf(`${folder}/${part}.js`);
        assert(chunks.includes("library"), "the chunks are not found any more");
        assertEquals(chunks.filter((it) => COMMAND.includes(it)), []);
      });
    }

    for (const chunk of WITHOUT_NODE) {
      await t.step(`${chunk} loads no module of Node.js`, () => {
        const [file] = built.filter((it) => it.endsWith(".js") && chunkName(it) === chunk);
        assert(file !== undefined, "there is no such chunk");
        const imports = importsOf(`${folder}/src/built/${file}`);
        assertEquals(imports.filter((it) => it.startsWith("node:")), []);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
