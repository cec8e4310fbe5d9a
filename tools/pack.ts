/**
 * Creates the package that is published and compiled: `deno task pack [folder]`.
 *
 * The package has the sources, for types and for readers, and the JavaScript of each entry point of
 * a program or a thread. The JavaScript is bundled into few files: each file adds to the start time
 * of commands and threads.
 */
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { urlToPath } from "../src/runtime/file_url.ts";
import { PARTS } from "../src/runtime/package.ts";
import { buildInto, BUILT } from "./build.ts";

const ROOT = urlToPath(new URL("../", import.meta.url));

if (import.meta.main) await pack(Deno.args[0] ?? join(ROOT, "dist"));

/**
 * Creates the package.
 *
 * @param folder The output folder; an earlier package there is removed.
 * @throws {Error} when the folder contains something else.
 */
export async function pack(folder: string): Promise<void> {
  const { publish, tasks: _tasks, fmt: _fmt, lint: _lint, ...config } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  if (!await isFree(folder)) {
    throw new Error(`Cannot make the package in "${folder}": something else is there`);
  }
  await rm(folder, { recursive: true, force: true });
  // The types of @std are ambient, and the check before publishing needs them.
  for (const path of [...publish.include, "types"]) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await cp(join(ROOT, path), join(folder, path), { recursive: true, filter: isPublished });
  }
  const doors = Object.entries<string>(config.exports).map(([door, path]) =>
    [door, path.replace(/\.ts$/, "")] as const
  );
  await buildInto(folder, [...doors.map(([, path]) => path.slice(2)), ...PARTS], config.imports);
  const exports = Object.fromEntries(doors.map(([door, path]) => [door, `${path}.js`]));
  // Deno skips folders that git ignores: the package is published even from such a folder.
  const own = { ...config, exports, publish: { exclude: ["!**", "types"] } };
  await writeFile(join(folder, "deno.json"), JSON.stringify(own, null, 2) + "\n");
}

async function isFree(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.length === 0 || await stat(join(folder, BUILT)).then(() => true, () => false);
}

/** The scripts of pages are in the package as bundles, without their sources. */
function isPublished(path: string): boolean {
  return !/[/\\](gui[/\\]page[/\\].*|html[/\\]timeline_script)\.ts$/.test(path);
}
