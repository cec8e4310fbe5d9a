/**
 * Files of a project, as copies for a process that runs with its configuration. The versions that its lock
 * names are to hold; but the library is none of the project's dependencies, so it is not to be written
 * into the project's file, nor to be refused where that is frozen.
 */
import { grantOf } from "../pool/process/permission_flags.ts";
import { moduleUrl } from "../task/load.ts";
import type { Host } from "./host.ts";
import type { ImportMap } from "./merged_import_map.ts";
import { configsFrom, isFile, pathOf, type Project, readConfig } from "./own_config.ts";

/** Options for Deno, and what has to be removed when it has ended. */
export interface BorrowedFiles extends AsyncDisposable {
  readonly flags: readonly string[];
}

/**
 * Makes the copies.
 *
 * @param map The import map the process is to have, if Deno would not find all names by itself.
 */
export async function borrowFiles(
  project: Project | undefined,
  map: ImportMap | undefined,
  host: Host,
): Promise<BorrowedFiles> {
  const lock = project && lockOf(project);
  const isNeeded = lock !== undefined || map !== undefined;
  const mayWrite = grantOf("write") === "all";
  const folder = isNeeded && mayWrite ? await Deno.makeTempDir({ prefix: "tdrun-" }) : undefined;
  if (lock !== undefined && folder === undefined) {
    host.err(`Note: the versions in "${pathOf(lock)}" do not hold: run with --allow-write`);
  }
  const flags = [
    ...(project === undefined ? [] : await lockFlags(lock, folder)),
    ...(map === undefined ? [] : [`--import-map=${await mapFile(JSON.stringify(map), folder)}`]),
  ];
  return {
    flags,
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

async function lockFlags(lock: URL | undefined, folder: string | undefined): Promise<string[]> {
  if (lock === undefined || folder === undefined) return ["--no-lock"];
  await Deno.copyFile(lock, `${folder}/deno.lock`);
  return [`--lock=${folder}/deno.lock`, "--frozen=false"];
}

/** A file, since arguments may not be long everywhere; or the map itself, where none may be written. */
async function mapFile(json: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) return `data:application/json,${encodeURIComponent(json)}`;
  await Deno.writeTextFile(`${folder}/import_map.json`, json);
  return `${folder}/import_map.json`;
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
