/**
 * Makes the package, which is what is published and compiled: `deno task pack [folder]`.
 *
 * It has the sources as they are here, for their types and for readers, and beside each file that a
 * program or a thread begins with its JavaScript, which is what runs. That is in few files: each takes
 * time whenever a command or a thread starts.
 */
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { urlToPath } from "../src/runtime/file_url.ts";
import { PARTS } from "../src/runtime/package.ts";
import { buildInto, BUILT } from "./build.ts";

const ROOT = urlToPath(new URL("../", import.meta.url));

if (import.meta.main) await pack(Deno.args[0] ?? join(ROOT, "dist"));

/**
 * Makes the package.
 *
 * @param folder Where it is to be; one that was made there before is removed.
 * @throws {Error} if something else is there.
 */
export async function pack(folder: string): Promise<void> {
  const { publish, tasks: _tasks, fmt: _fmt, lint: _lint, ...config } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  if (!await isFree(folder)) {
    throw new Error(`Cannot make the package in "${folder}": something else is there`);
  }
  await rm(folder, { recursive: true, force: true });
  // Its types of @std are ambient, so what is checked before it is published needs them.
  for (const path of [...publish.include, "types"]) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await cp(join(ROOT, path), join(folder, path), { recursive: true, filter: isPublished });
  }
  const doors = Object.entries<string>(config.exports).map(([door, path]) =>
    [door, path.replace(/\.ts$/, "")] as const
  );
  await buildInto(folder, [...doors.map(([, path]) => path.slice(2)), ...PARTS], config.imports);
  const exports = Object.fromEntries(doors.map(([door, path]) => [door, `${path}.js`]));
  // It may be in a folder that git ignores, and so would Deno: what is in it is published all the same.
  const own = { ...config, exports, publish: { exclude: ["!**", "types"] } };
  await writeFile(join(folder, "deno.json"), JSON.stringify(own, null, 2) + "\n");
}

async function isFree(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.length === 0 || await stat(join(folder, BUILT)).then(() => true, () => false);
}

/** The page of `tdrun ui` is in the package as the one file that is made of its sources, and its styles. */
function isPublished(path: string): boolean {
  return !/[/\\]gui[/\\]page[/\\].*\.ts$/.test(path);
}
