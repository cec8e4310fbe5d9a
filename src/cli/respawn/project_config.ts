/**
 * A module means by its imports what the configuration of its own project says: the deno.json or
 * package.json nearest to it. Deno reads the one nearest to the main program, or the one it was told of;
 * an installed command has one of its own. Where that is another, the command is run again with the
 * module's. Only the question is asked here, since most runs answer it with no.
 */
import { isGranted } from "../../runtime/permissions.ts";
import { moduleUrl } from "../../task/load.ts";
import { readConfig } from "./config_file.ts";
import { ExitCode } from "../exit_code.ts";
import type { System } from "../system/system.ts";
import { type Project, projectAmong, projectOf } from "./project.ts";
import { moduleAmong } from "../args/target_module.ts";

/** Whether all names that a project has stand here for what they stand for there: the usual case, soon seen. */
export function resolvesSameImports({ config }: Project): boolean {
  if (config === undefined) return false;
  const url = new URL(moduleUrl(config, "/"));
  const { imports } = readConfig(url);
  const names = Object.entries(imports ?? {}).filter(([name]) => !/^\.{0,2}\//.test(name));
  return names.length > 0 && names.every(([name, target]) => {
    try {
      const wanted = /^\.{0,2}\//.test(target) ? new URL(target, url).href : target;
      // Both, since Deno gives the file of a package that it has, and the specifier of one that it has not.
      return canonical(import.meta.resolve(name)) === canonical(import.meta.resolve(wanted));
    } catch {
      return false;
    }
  });
}

/** Deno writes `jsr:/@std/yaml` for `jsr:@std/yaml`. */
function canonical(specifier: string): string {
  return specifier.replace(/^(jsr|npm):\//, "$1:");
}

/**
 * Runs the command again if its module has a configuration of its own that is not in force.
 *
 * @param args The arguments of the command.
 * @returns The exit code; undefined where this process is the one that runs the module.
 */
export async function respawnWithProjectConfig(
  args: readonly string[],
  system: System,
): Promise<number | undefined> {
  const module = system.isRespawned ? undefined : moduleAmong(args);
  const project = module && projectOf(moduleUrl(module, system.folder));
  if (!project || resolvesSameImports(project)) return undefined;
  const { respawn } = await import("./respawn.ts");
  return await respawn({ project, args, why: "config" }, system);
}

/** Processes of tasks are started from a folder of their own: a package.json alone is not found there. */
export function processConfigNote(url: string): string | undefined {
  const project = projectOf(url);
  if (project === undefined || project.config !== undefined) return undefined;
  return `processes do not find the packages of "${project.folder}package.json"; ` +
    "add a deno.json that contains {} next to it";
}

/**
 * What would help where a module could not be loaded because of a name that its project explains, and
 * this process could not run again.
 *
 * @param why Why the module could not be loaded.
 */
export function importMapHint(url: string, why: string): string {
  const project = /not a dependency|import map/.test(why) ? projectOf(url) : undefined;
  if (project === undefined || resolvesSameImports(project) || Deno.build.standalone) return "";
  const { config, folder } = project;
  if (!isGranted({ name: "run" })) {
    return `; to use the imports of "${config ?? folder}", run with --allow-run`;
  }
  return config === undefined
    ? `; to use its package.json, add a deno.json that contains {} to "${folder}"`
    : "";
}

/**
 * Where a project has a package.json, Deno takes packages from its node_modules alone, and the command's
 * own are not there. It is run again with those of Deno's cache.
 *
 * @param error Why the command could not be loaded.
 * @returns The exit code.
 * @throws The error, if it is neither that nor a part that is missing.
 */
export async function respawnWithProjectPackages(
  error: unknown,
  args: readonly string[],
  system: System,
): Promise<number> {
  const isMissing = error instanceof Error &&
    /matching package .* node_modules/.test(error.message);
  if (!isMissing || system.isRespawned) {
    const { missingModuleHint } = await import("./missing_module_hint.ts");
    const part = missingModuleHint(error);
    if (part === undefined) throw error;
    system.err(`Error: ${part}`);
    return ExitCode.USAGE;
  }
  const { respawn } = await import("./respawn.ts");
  const project = projectAmong(args, system.folder);
  const code = await respawn({ project, args, why: "packages" }, system);
  if (code !== undefined) return code;
  system.err(
    "Error: Cannot find the command's own packages in node_modules: run with --node-modules-dir=none",
  );
  return ExitCode.USAGE;
}
