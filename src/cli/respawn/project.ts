/** The project of a module: the folder whose deno.json or package.json says what the module's imports mean. */
import { ancestorFolders, isFile, urlToPath } from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { moduleUrl } from "../../task/load.ts";
import { parseConfig, parseErrorIn, readConfig } from "./config_file.ts";
import { moduleAmong } from "../args/target_module.ts";

/** A folder with a configuration. */
export interface Project {
  /** Its absolute path. */
  readonly folder: string;
  /** Its deno.json or deno.jsonc; undefined where there is a package.json alone. */
  readonly config: string | undefined;
}

/** What in a configuration changes how a module runs. The rest is for other commands. */
const RELEVANT_KEYS = [
  ...["imports", "scopes", "importMap", "workspace", "links", "patch", "nodeModulesDir", "vendor"],
  ...["unstable", "exports", "dependencies", "devDependencies", "workspaces"],
];
const RELEVANT_COMPILER_OPTIONS = /jsx|decorator/i;
const CONFIG_NAMES = ["deno.json", "deno.jsonc", "package.json"];

/**
 * The project of a module, if it has one that changes how the module runs.
 *
 * @param url The module.
 */
export function projectOf(url: string): Project | undefined {
  if (!url.startsWith("file:")) return undefined;
  let nearest: Project | undefined;
  for (const configs of configsFrom(new URL(".", url))) {
    const isDeno = !configs[0].pathname.endsWith("/package.json");
    const isNearest = nearest === undefined;
    nearest ??= {
      folder: urlToPath(new URL(".", configs[0])),
      config: isDeno ? urlToPath(configs[0]) : undefined,
    };
    if (isNearest && configs.some((it) => parseErrorIn(it, parseConfig))) return nearest;
    // A workspace further up may have what its member has not.
    if (configs.some(isRelevant)) return nearest;
  }
  return undefined;
}

/** The configurations in a folder and those it is in, folder by folder; the one Deno prefers is first. */
export function* configsFrom(folder: URL): Generator<[URL, ...URL[]]> {
  const isAllReadable = isGranted({ name: "read" });
  const isReadable = (path: URL) => isAllReadable || isGranted({ name: "read", path });
  for (const at of ancestorFolders(folder)) {
    const [first, ...others] = CONFIG_NAMES.map((name) => new URL(name, at))
      .filter((url) => isReadable(url) && isFile(url));
    if (first !== undefined) yield [first, ...others];
  }
}

/** The same for a project: its own come first. */
export function configsOf({ folder }: Project): Generator<[URL, ...URL[]]> {
  return configsFrom(new URL(moduleUrl("", folder)));
}

/**
 * The project whose configuration Deno has found by itself.
 *
 * @param folder The current folder.
 */
export function discoveredProject(folder: string): Project | undefined {
  const { mainModule } = Deno;
  return projectOf(mainModule.startsWith("file:") ? mainModule : moduleUrl(".", folder));
}

function isRelevant(config: URL): boolean {
  const { compilerOptions = {}, ...rest } = readConfig(config);
  return RELEVANT_KEYS.some((key) => key in rest) ||
    Object.keys(compilerOptions as object).some((key) => RELEVANT_COMPILER_OPTIONS.test(key));
}

/** The project of that module; without one, of the current folder. */
export function projectAmong(args: readonly string[], folder: string): Project | undefined {
  return projectOf(moduleUrl(moduleAmong(args) ?? ".", folder));
}
