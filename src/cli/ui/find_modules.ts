/** Finds modules with tasks in a folder, for the first screen of the web UI. */
import { importsMark } from "../../task/imports_mark.ts";
import type { FileEntry } from "../../gui/ui_protocol.ts";

/** Maximum numbers of modules found, of files read, and of folders below the first. */
const MODULES_MAX = 20;
const FILES_MAX = 1000;
const DEPTH_MAX = 4;
/** Maximum size of a file, in bytes: modules with tasks are written by hand. */
const SIZE_MAX = 256 * 1024;

const MODULE = /\.[cm]?[jt]sx?$/;
const TEST_OR_TYPES = /[._]test\.|\.d\.[cm]?ts$/;

/**
 * Lists modules that import `mark`, those in the folder itself first. Reads no hidden folders, no
 * dependencies, and no links. Files that cannot be read are left out.
 */
export async function findModules(folder: string): Promise<FileEntry[]> {
  const found: string[] = [];
  let level = [""];
  let readCount = 0;
  for (let depth = 0; depth <= DEPTH_MAX && level.length > 0; depth++) {
    const next: string[] = [];
    for (const inside of level) {
      for (const { name, isDirectory, isFile } of await entriesOf(`${folder}/${inside}`)) {
        if (name.startsWith(".") || name === "node_modules") continue;
        if (isDirectory) next.push(`${inside}${name}/`);
        if (!isFile || !MODULE.test(name) || TEST_OR_TYPES.test(name)) continue;
        if (++readCount > FILES_MAX) return toEntries(found);
        if (importsMark(await textOf(`${folder}/${inside}${name}`))) {
          found.push(inside + name);
        }
        if (found.length === MODULES_MAX) return toEntries(found);
      }
    }
    level = next;
  }
  return toEntries(found);
}

function toEntries(paths: readonly string[]): FileEntry[] {
  return paths.map((path) => ({ path }));
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch {
    return [];
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await Deno.stat(file);
    return size > SIZE_MAX ? "" : await Deno.readTextFile(file);
  } catch {
    return "";
  }
}
