/**
 * Files of a project, as copies for a process that runs with its configuration. The versions that its lock
 * names are to hold; but the library is none of the project's dependencies, so it is not to be written
 * into the project's file, nor to be refused where that is frozen.
 */
import { isFile, urlToPath } from "../../runtime/file_url.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import type { System } from "../system/system.ts";
import type { ImportMap } from "./import_map_for.ts";
import { readConfig } from "./config_file.ts";
import { configsOf, type Project } from "./project.ts";

/** Options for Deno, and what has to be removed when it has ended. */
export interface ProjectFileCopies extends AsyncDisposable {
  readonly flags: readonly string[];
  /** A file that the process removes when it has begun; undefined where none can be made. */
  readonly pending: string | undefined;
}

/** What the process needs to have that its project may not have. */
export interface CopyOptions {
  /** An import map, if Deno would not find all names by itself. */
  readonly map: ImportMap | undefined;
  /** The package the library is, with its version, if it is one. */
  readonly library: string | undefined;
}

/** Makes the copies. */
export async function copyProjectFiles(
  project: Project | undefined,
  { map, library }: CopyOptions,
  system: System,
): Promise<ProjectFileCopies> {
  const lock = project && lockOf(project);
  const isNeeded = project !== undefined || map !== undefined;
  const mayWrite = grantOf("write") === "all";
  const folder = isNeeded && mayWrite ? await Deno.makeTempDir({ prefix: "tdrun-" }) : undefined;
  await using created = new AsyncDisposableStack(); // for when there is no room for all of them
  // A task may have emptied the folder of temporary files; that is no failure of the run.
  if (folder) created.defer(() => Deno.remove(folder, { recursive: true }).catch(() => {}));
  if (lock !== undefined && folder === undefined) {
    system.err(`Note: the versions in "${urlToPath(lock)}" are not used: run with --allow-write`);
  }
  const flags = [
    ...(project === undefined ? [] : await lockFlags(lock, library, folder)),
    ...(map === undefined
      ? []
      : [`--import-map=${await importMapFile(JSON.stringify(map), folder)}`]),
  ];
  const pending = folder && `${folder}/pending`;
  if (pending !== undefined) await Deno.writeTextFile(pending, "");
  const kept = created.move();
  return { flags, pending, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/**
 * The lock, with the version of the library that runs already: Deno would not take one that is younger
 * than its policy wants, though it was permitted when the command was started or installed.
 */
async function lockFlags(
  lock: URL | undefined,
  library: string | undefined,
  folder: string | undefined,
): Promise<string[]> {
  if (folder === undefined || (lock ?? library) === undefined) return ["--no-lock"];
  const content = lock === undefined ? { version: "5" } : readConfig(lock);
  const file = `${folder}/deno.lock`;
  if (lock !== undefined) await Deno.copyFile(lock, file);
  if (library !== undefined && /^[45]$/.test(String(content.version))) {
    const own = { [`jsr:${library}`]: library.replace(/^.*@/, "") };
    const specifiers = { ...(content.specifiers ?? {}), ...own };
    await Deno.writeTextFile(file, JSON.stringify({ ...content, specifiers }));
  }
  return [`--lock=${file}`, "--frozen=false"];
}

/** A file, since arguments may not be long everywhere; or the map itself, where none may be written. */
async function importMapFile(json: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) return `data:application/json,${encodeURIComponent(json)}`;
  await Deno.writeTextFile(`${folder}/import_map.json`, json);
  return `${folder}/import_map.json`;
}

/** The lock file: the configuration names it, or it is beside it; members of a workspace share one. */
export function lockOf(project: Project): URL | undefined {
  let isNearest = true;
  for (const [config] of configsOf(project)) {
    const { lock, workspace, workspaces } = readConfig(config);
    const isRoot = workspace !== undefined || workspaces !== undefined;
    if (lock === false && (isNearest || isRoot)) return undefined;
    const named = typeof lock === "object" ? (lock as { path?: unknown } | null)?.path : lock;
    const file = new URL(typeof named === "string" ? named : "deno.lock", config);
    if ((isNearest || isRoot) && isFile(file)) return file;
    isNearest = false;
  }
  return undefined;
}
