/**
 * The settings of a project: the key "tdrun" of its deno.json, or a file tdrun.json. This is read
 * before packages can be resolved, since the module in it decides about a respawn; so nothing here
 * needs a package. parse_settings.ts validates the content.
 */
import {
  ancestorFolders,
  isAbsolute,
  isFile,
  moduleUrl,
  urlToPath,
} from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { UsageError } from "../../base/errors.ts";
import { parseConfig } from "../respawn/config_file.ts";

/** The settings as they are in a file. */
export interface SettingsFile {
  /** The file's path. */
  readonly path: string;
  /** The path of its folder, with a slash at the end. */
  readonly folder: string;
  /** The keys of the settings within the file: `tdrun` in a deno.json. */
  readonly root: readonly string[];
  readonly content: unknown;
}

/** The key of the settings in a deno.json. */
const KEY = "tdrun";
const FILE = "tdrun.json";
const CONFIGS = ["deno.json", "deno.jsonc"];

/**
 * Finds the settings nearest to a folder: in it, or in one of its ancestors.
 *
 * @throws {UsageError} if a file is invalid, or a folder has settings in two files.
 */
export function findSettings(folder: string): SettingsFile | undefined {
  const isAllReadable = isGranted({ name: "read" });
  for (const at of ancestorFolders(new URL(moduleUrl("", folder)))) {
    const found = [FILE, ...CONFIGS].flatMap((name) => {
      const url = new URL(name, at);
      const isReadable = isAllReadable || isGranted({ name: "read", path: url });
      const settings = isReadable && isFile(url) ? settingsIn(url, name) : undefined;
      return settings === undefined ? [] : [settings];
    });
    const [first, second] = found;
    if (second !== undefined) {
      throw new UsageError(
        `Cannot use both "${
          first!.path
        }" and "tdrun" in "${second.path}": keep the settings in one file`,
      );
    }
    if (first !== undefined) return first;
  }
  return undefined;
}

/**
 * The first module that the settings name, for the arguments of a command that names none.
 *
 * @returns Undefined if there is none, or the settings are invalid, which is reported later.
 */
export function moduleOfSettings(args: readonly string[], folder: string): string | undefined {
  if (args.some((arg) => WITHOUT_MODULE.test(arg))) return undefined;
  try {
    const settings = findSettings(folder);
    const module = (settings?.content as { readonly module?: unknown } | undefined | null)?.module;
    const first = Array.isArray(module) ? module[0] : module;
    return typeof first === "string" ? resolveSetting(first, settings!, folder) : undefined;
  } catch {
    return undefined;
  }
}

/** The module of the settings, if they name one alone; undefined if they are invalid. */
export function onlyModuleOfSettings(folder: string): string | undefined {
  try {
    const settings = findSettings(folder);
    const content = settings?.content as { readonly module?: unknown } | undefined | null;
    const [module, ...others] = [content?.module].flat();
    if (typeof module !== "string" || others.length > 0) return undefined;
    return resolveSetting(module, settings!, folder);
  } catch {
    return undefined;
  }
}

/** The sorted names of the profiles for a folder; none if the settings are invalid. */
export function profileNames(folder: string): string[] {
  try {
    const content = findSettings(folder)?.content as { readonly profiles?: object } | undefined;
    return Object.keys(content?.profiles ?? {}).sort();
  } catch {
    return [];
  }
}

/** Matches options of commands that load no module, or no settings. */
const WITHOUT_MODULE = /^(-h|-V|--(help|version|completions|settings|no-settings))(=.*)?$/;

/** Resolves a path of the settings, which is relative to their file, for the current folder. */
export function resolveSetting(path: string, settings: SettingsFile, folder: string): string {
  const isRelative = !isAbsolute(path) && !/^[a-z]{2,}:/.test(path) && path !== "-";
  return isRelative && settings.folder !== urlToPath(new URL(moduleUrl("", folder)))
    ? settings.folder + path
    : path;
}

function settingsIn(url: URL, name: string): SettingsFile | undefined {
  const path = urlToPath(url);
  const isOwn = name === FILE;
  let content: Record<string, unknown>;
  try {
    content = parseConfig(Deno.readTextFileSync(url));
  } catch (error) {
    if (!isOwn) return undefined; // Deno reports an invalid or unreadable configuration
    const why = (error as Error).message.replaceAll(/\s+/g, " ");
    throw new UsageError(`Cannot read "${path}": ${why}`);
  }
  if (!isOwn && !(KEY in content)) return undefined;
  return {
    path,
    folder: urlToPath(new URL(".", url)),
    root: isOwn ? [] : [KEY],
    content: isOwn ? content : content[KEY],
  };
}
