/**
 * Creates the package that is published and compiled: `deno task pack [folder]`.
 *
 * The package has the sources, for types and for readers, and the JavaScript of each entry point of
 * a program or a thread. The JavaScript is bundled into few files: each file adds to the start time
 * of commands and threads.
 *
 * It has the images of README.md, too: JSR resolves relative links to images within the package,
 * unless the package is linked to a repository on GitHub.
 */
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { urlToPath } from "../src/runtime/file_url.ts";
import { PARTS } from "../src/runtime/package.ts";
import { buildInto, BUILT } from "./build.ts";
import { importedNames, publishedImports } from "./published_imports.ts";

const ROOT = urlToPath(new URL("../", import.meta.url));

if (import.meta.main) await pack(Deno.args[0] ?? join(ROOT, "dist"));

/**
 * Creates the package.
 *
 * @param folder The output folder; an earlier package there is removed.
 * @throws {Error} when the folder contains something else.
 */
export async function pack(folder: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  if (!await isFree(folder)) {
    throw new Error(`Cannot make the package in "${folder}": something else is there`);
  }
  await rm(folder, { recursive: true, force: true });
  for (const path of config.publish.include) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await cp(join(ROOT, path), join(folder, path), { recursive: true, filter: isPublished });
  }
  const doors = Object.entries<string>(config.exports).map(([door, path]) =>
    [door, path.replace(/\.ts$/, "")] as const
  );
  await buildInto(folder, [...doors.map(([, path]) => path.slice(2)), ...PARTS], config.imports);
  const exports = Object.fromEntries(doors.map(([door, path]) => [door, `${path}.js`]));
  const manifest = {
    name: config.name,
    version: config.version,
    license: config.license,
    exports,
    imports: publishedImports(config.imports, await namesImportedIn(folder)),
    // Deno skips folders that git ignores: the package is published even from such a folder.
    publish: { exclude: ["!**"] },
  };
  await writeFile(join(folder, "deno.json"), JSON.stringify(manifest, null, 2) + "\n");
}

/** The names that the modules in a folder import. */
async function namesImportedIn(folder: string): Promise<Set<string>> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) =>
    /\.[jt]s$/.test(path)
  );
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(join(folder, path))));
  return new Set(texts.flatMap(importedNames));
}

async function isFree(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.length === 0 || await stat(join(folder, BUILT)).then(() => true, () => false);
}

/** The scripts of pages are in the package as bundles, without their sources. */
function isPublished(path: string): boolean {
  return !/[/\\](gui[/\\]page[/\\].*|html[/\\]\w+_script)\.ts$/.test(path);
}
