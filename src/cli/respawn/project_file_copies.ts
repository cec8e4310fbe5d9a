/**
 * Copies of project files for a process that runs with the project's configuration. The versions of
 * the lock file apply; but the library is no dependency of the project, so it must not be written
 * to the project's lock file, nor be rejected when that is frozen.
 */
import { isFile, urlToPath } from "../../runtime/file_url.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import type { System } from "../system/system.ts";
import type { ImportMap } from "./import_map_for.ts";
import { readConfig } from "./config_file.ts";
import { configsOf, type Project } from "./project.ts";
import { printNote } from "../system/print_message.ts";

/** Options for Deno, and files that are removed after the process has ended. */
export interface ProjectFileCopies extends AsyncDisposable {
  readonly flags: readonly string[];
  /** A file that the process removes when it starts; undefined if it could not be created. */
  readonly pending: string | undefined;
}

/** Options of {@linkcode copyProjectFiles}. */
export interface CopyOptions {
  /** An import map, if Deno cannot resolve all names without one. */
  readonly map: ImportMap | undefined;
  /** The library's JSR package with its version, if it is one. */
  readonly library: string | undefined;
}

/** Creates the copies. */
export async function copyProjectFiles(
  project: Project | undefined,
  { map, library }: CopyOptions,
  system: System,
): Promise<ProjectFileCopies> {
  const lock = project && lockOf(project);
  const isNeeded = project !== undefined || map !== undefined;
  const mayWrite = grantOf("write") === "all";
  const folder = isNeeded && mayWrite ? await Deno.makeTempDir({ prefix: "tdrun-" }) : undefined;
  await using created = new AsyncDisposableStack(); // in case the disk is full
  // A task may have deleted temporary files; that does not fail the run.
  if (folder) created.defer(() => Deno.remove(folder, { recursive: true }).catch(() => {}));
  if (lock !== undefined && folder === undefined) {
    printNote(system, `the versions in "${urlToPath(lock)}" are not used: run with --allow-write`);
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
 * Copies the lock file, with the version of the running library: Deno rejects versions younger than
 * its policy allows, even if they were accepted when the command was started or installed.
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

/**
 * The import map as a file, since arguments may be limited; or as a data URL if no file can be
 * written.
 */
async function importMapFile(json: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) return `data:application/json,${encodeURIComponent(json)}`;
  await Deno.writeTextFile(`${folder}/import_map.json`, json);
  return `${folder}/import_map.json`;
}

/**
 * The lock file: named by the configuration, or next to it; the members of a workspace share one.
 */
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
