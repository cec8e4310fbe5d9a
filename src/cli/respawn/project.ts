/**
 * The project of a module: the folder whose deno.json or package.json resolves the module's
 * imports.
 */
import { ancestorFolders, isFile, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { parseConfig, parseErrorIn, readConfig } from "./config_file.ts";
import { moduleOfSettings } from "../settings/find_settings.ts";
import { peekArgs } from "../args/peek_args.ts";

/** A folder with a configuration. */
export interface Project {
  /** The absolute path. */
  readonly folder: string;
  /** The deno.json or deno.jsonc; undefined if there is only a package.json. */
  readonly config: string | undefined;
}

/** Keys of a configuration that affect how a module runs; others are for other commands. */
const RELEVANT_KEYS = [
  "imports",
  "scopes",
  "importMap",
  "workspace",
  "links",
  "patch",
  "nodeModulesDir",
  "vendor",
  "unstable",
  "exports",
  "dependencies",
  "devDependencies",
  "workspaces",
];
const RELEVANT_COMPILER_OPTIONS = /jsx|decorator/i;
const CONFIG_NAMES = ["deno.json", "deno.jsonc", "package.json"];

/**
 * The project of a module, if its configuration affects how the module runs.
 *
 * @param url The module.
 */
export function projectOf(url: string): Project | undefined {
  if (!url.startsWith("file:")) return undefined;
  let nearest: Project | undefined;
  for (const configs of configsFrom(new URL(".", url))) {
    const isDeno = !isPackageJson(configs[0]);
    const isNearest = nearest === undefined;
    nearest ??= {
      folder: urlToPath(new URL(".", configs[0])),
      config: isDeno ? urlToPath(configs[0]) : undefined,
    };
    if (isNearest && configs.some((it) => parseErrorIn(it, parseConfig))) return nearest;
    // A workspace further up may have relevant keys that its member lacks.
    if (configs.some(isRelevant)) return nearest;
  }
  return undefined;
}

/**
 * The configurations of a folder and its ancestors, by folder; the one Deno prefers comes first.
 */
export function* configsFrom(folder: URL): Generator<[URL, ...URL[]]> {
  const isAllReadable = isGranted({ name: "read" });
  const isReadable = (path: URL) => isAllReadable || isGranted({ name: "read", path });
  for (const at of ancestorFolders(folder)) {
    const [first, ...others] = CONFIG_NAMES.map((name) => new URL(name, at))
      .filter((url) => isReadable(url) && isFile(url));
    if (first !== undefined) yield [first, ...others];
  }
}

/** The configurations of a project and its ancestors, the project's own first. */
export function configsOf({ folder }: Project): Generator<[URL, ...URL[]]> {
  return configsFrom(new URL(moduleUrl("", folder)));
}

/**
 * The project whose configuration Deno discovered.
 *
 * @param folder The current folder.
 */
export function discoveredProject(folder: string): Project | undefined {
  const { mainModule } = Deno;
  return projectOf(mainModule.startsWith("file:") ? mainModule : moduleUrl(".", folder));
}

/**
 * Whether Deno takes npm packages from the folder node_modules of a project, which lacks those of
 * the command: the project, or its workspace, has a package.json.
 *
 * @param folder The current folder.
 */
export function usesNodeModules(folder: string): boolean {
  const all = [...configsFrom(new URL(moduleUrl("", folder)))];
  if (!all.flat().some(isPackageJson)) return false; // most projects: no file has to be read
  const configs = all.filter((it, i) => i === 0 || it.some(isWorkspace)).flat();
  return configs.some(isPackageJson) && !configs.some((it) => "nodeModulesDir" in readConfig(it));
}

function isPackageJson({ pathname }: URL): boolean {
  return pathname.endsWith("/package.json");
}

function isWorkspace(config: URL): boolean {
  const { workspace, workspaces } = readConfig(config);
  return (workspace ?? workspaces) !== undefined;
}

function isRelevant(config: URL): boolean {
  const { compilerOptions = {}, ...rest } = readConfig(config);
  return RELEVANT_KEYS.some((key) => key in rest) ||
    Object.keys(compilerOptions as object).some((key) => RELEVANT_COMPILER_OPTIONS.test(key));
}

/** The project of the module in the arguments; without a module, of the current folder. */
export function projectOfArgs(args: readonly string[], folder: string): Project | undefined {
  const module = peekArgs(args).module ?? moduleOfSettings(args, folder) ?? ".";
  return projectOf(moduleUrl(module, folder));
}
