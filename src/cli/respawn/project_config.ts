/**
 * The imports of a module are resolved by the configuration of its own project: the nearest
 * deno.json or package.json. Deno reads the one nearest to the main program, or the one an option
 * names; an installed command has its own. If these differ, the command is respawned with the
 * module's. This file only decides: most runs need no respawn.
 */
import { isGranted } from "../../runtime/permissions.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import { readConfig } from "./config_file.ts";
import type { System } from "../system/system.ts";
import { type Project, projectOf, usesNodeModules } from "./project.ts";
import { moduleOfSettings } from "../settings/find_settings.ts";
import { peekArgs } from "../args/peek_args.ts";

/**
 * Whether this process resolves all imports of a project as the project does: the fast common case.
 */
export function resolvesSameImports({ config }: Project): boolean {
  if (config === undefined) return false;
  const url = new URL(moduleUrl(config, "/"));
  const { imports } = readConfig(url);
  const names = Object.entries(imports ?? {}).filter(([name]) => !/^\.{0,2}\//.test(name));
  return names.length > 0 && names.every(([name, target]) => {
    try {
      const wanted = /^\.{0,2}\//.test(target) ? new URL(target, url).href : target;
      // Both are resolved: Deno returns the file of a cached package, and the specifier of another.
      return canonical(import.meta.resolve(name)) === canonical(import.meta.resolve(wanted));
    } catch {
      return false;
    }
  });
}

/** Normalizes a specifier: Deno writes `jsr:/@std/yaml` for `jsr:@std/yaml`. */
function canonical(specifier: string): string {
  return specifier.replace(/^(jsr|npm):\//, "$1:");
}

/**
 * Respawns the command if the configuration of its module's project is not active, or if npm
 * packages would come from a folder node_modules.
 *
 * @param args The arguments of the command.
 * @returns The exit code; undefined if this process runs the module.
 */
export async function respawnWithProjectConfig(
  args: readonly string[],
  system: System,
): Promise<number | undefined> {
  if (system.isRespawned) return undefined;
  const { module: typed, subcommand } = peekArgs(args);
  const module = subcommand === undefined ? typed ?? moduleOfSettings(args, system.folder) : typed;
  const project = module === undefined ? undefined : projectOf(moduleUrl(module, system.folder));
  const isSame = project === undefined || resolvesSameImports(project);
  const isCommand = (module ?? subcommand) !== undefined;
  if (isSame && !(isCommand && usesNodeModules(system.folder))) return undefined;
  const { respawn } = await import("./respawn.ts");
  return await respawn({ project, args, why: isSame ? "packages" : "config" }, system);
}

/**
 * Processes of tasks are started from a folder of their own: a package.json alone is not found
 * there.
 */
export function processConfigNote(url: string): string | undefined {
  const project = projectOf(url);
  if (project === undefined || project.config !== undefined) return undefined;
  return `processes do not find the packages of "${project.folder}package.json"; ` +
    "add a deno.json that contains {} next to it";
}

/**
 * A hint for a module that could not be loaded because of an import that its project resolves, when
 * the command cannot be respawned.
 *
 * @param why The reason of the failure.
 */
export function importMapHint(url: string, why: string): string {
  const project = /not a dependency|import map|in a package\.json/.test(why)
    ? projectOf(url)
    : undefined;
  if (project === undefined || resolvesSameImports(project) || Deno.build.standalone) return "";
  const { config, folder } = project;
  if (!isGranted({ name: "run" })) {
    return `; to use the imports of "${config ?? folder}", run with --allow-run`;
  }
  return config === undefined
    ? `; to use its package.json, add a deno.json that contains {} to "${folder}"`
    : "";
}
