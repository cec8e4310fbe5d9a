/**
 * Files of a project, as copies for a process that runs with its configuration. The versions that its lock
 * names are to hold; but the library is none of the project's dependencies, so it is not to be written
 * into the project's file, nor to be refused where that is frozen.
 */
import { grantOf } from "../pool/process/permission_flags.ts";
import { moduleUrl } from "../task/load.ts";
import type { Host } from "./host.ts";
import { mergedImportMap } from "./merged_import_map.ts";
import { configsFrom, isFile, type Project, readConfig } from "./own_config.ts";

/** Options for Deno, and what has to be removed when it has ended. */
export interface BorrowedFiles extends AsyncDisposable {
  readonly flags: readonly string[];
}

/**
 * Makes the copies.
 *
 * @param library The folder of the library where that is no package: its names have to be known, too.
 */
export async function borrowFiles(
  project: Project | undefined,
  library: URL | undefined,
  host: Host,
): Promise<BorrowedFiles> {
  const done = () => Promise.resolve();
  if (project === undefined) return { flags: [], [Symbol.asyncDispose]: done };
  const lock = lockOf(project);
  const none = { flags: ["--no-lock"], [Symbol.asyncDispose]: done };
  if (lock === undefined && library === undefined) return none;
  if (grantOf("write") !== "all") {
    host.err(
      `Note: the configuration of "${project.folder}" holds in part: run with --allow-write`,
    );
    return none;
  }
  const folder = await Deno.makeTempDir({ prefix: "tdrun-" });
  const flags = ["--no-lock"];
  if (lock !== undefined) {
    await Deno.copyFile(lock, `${folder}/deno.lock`);
    flags.splice(0, 1, `--lock=${folder}/deno.lock`, "--frozen=false");
  }
  if (library !== undefined) {
    const map = JSON.stringify(mergedImportMap(project, library));
    await Deno.writeTextFile(`${folder}/import_map.json`, map);
    flags.push(`--import-map=${folder}/import_map.json`);
  }
  return { flags, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** The lock file: the configuration names it, or it is beside it; members of a workspace share one. */
function lockOf({ folder }: Project): URL | undefined {
  let isNearest = true;
  for (const [config] of configsFrom(new URL(moduleUrl("", folder)))) {
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
