/** Modules on the command line: files, folders and globs. */
import { UsageError } from "../../base/errors.ts";
import { errorText } from "../../base/text_format.ts";
import { isFile, moduleUrl } from "../../runtime/file_url.ts";
import { isGranted } from "../../runtime/permissions.ts";
import { importsMark } from "../../task/imports_mark.ts";
import type { ModuleRequest, TypedRequest } from "../args/request.ts";

/** Matches the modules of a folder. */
const MODULE = /\.(?:ts|tsx|mts|js|jsx|mjs)$/;
/** Matches files of a folder that are not taken for modules of tasks. */
const NO_MODULE = /\.d\.[cm]?ts$|[._]test\.[cm]?[jt]sx?$/;

/**
 * Expands the modules of a request: see {@linkcode expandModules}.
 *
 * @throws {UsageError} when a folder or a glob has no module, or the engine would run several.
 */
export function withModules(request: TypedRequest, folder: string): TypedRequest {
  const modules = expandModules(request.modules, folder);
  if (modules.length > 1 && request.engine !== undefined) {
    throw new UsageError(
      "Cannot use --engine with several modules: remote workers run one; export the others from " +
        'it: `export * as users from "./users.ts"`',
    );
  }
  return { ...request, modules };
}

/**
 * Replaces folders and globs by the modules in them, in alphabetical order: those files of a folder
 * that import `mark`, and all files that a glob matches. A module is listed once. `*` and `?` match
 * within a name, and `**` matches any folders. Hidden folders and `node_modules` are left out.
 *
 * @param folder The current folder.
 * @throws {UsageError} when a folder or a glob has no module.
 */
export function expandModules(modules: readonly ModuleRequest[], folder: string): ModuleRequest[] {
  const found = new Map<string, ModuleRequest>();
  for (const module of modules) {
    for (const { path, isExpanded } of filesOf(module.path, folder)) {
      const url = moduleUrl(path, folder);
      const names = [...found.get(url)?.names ?? [], ...module.names];
      found.set(url, { path, names, isExpanded });
    }
  }
  return [...found.values()];
}

function filesOf(path: string, folder: string): Pick<ModuleRequest, "path" | "isExpanded">[] {
  const isUrl = /^[a-z]{2,}:/.test(path);
  const target = isUrl ? undefined : new URL(moduleUrl(path, folder));
  if (target === undefined || isFile(target)) return [{ path, isExpanded: false }];
  const isGlob = /[*?]/.test(path);
  if (!isGlob && !isFolder(target)) return [{ path, isExpanded: false }]; // reported when loaded
  const whole = isGlob ? path : path.replace(/\/*$/, "/");
  const start = whole.slice(0, isGlob ? whole.search(/[^/]*[*?]/) : undefined);
  const pattern = isGlob ? globPattern(path.slice(start.length)) : undefined;
  const root = new URL(moduleUrl(start || "./", folder));
  const files = [...bounded(walk(root, ""), path)]
    .filter((file) => MODULE.test(file))
    .filter((file) => pattern === undefined ? hasTasks(file, root) : pattern.test(file)).sort();
  if (files.length === 0) {
    throw new UsageError(
      isGlob
        ? `Cannot find modules: no file matches "${path}"`
        : `Cannot find modules: no file in the folder "${path}" imports mark`,
    );
  }
  const shown = start.replace(/^(?:\.\/+)+/, "");
  return files.map((file) => ({ path: shown + file, isExpanded: true }));
}

/** Whether a file of a folder is meant: others may be scripts, which must not be run. */
function hasTasks(file: string, root: URL): boolean {
  if (NO_MODULE.test(file)) return false;
  const url = new URL(file.split("/").map(encodeURIComponent).join("/"), root);
  try {
    return importsMark(Deno.readTextFileSync(url));
  } catch (error) {
    throw new UsageError(`Cannot find modules: ${errorText(error)}`);
  }
}

/**
 * Maximum number of files in a folder of modules: a project has fewer; the root of a disk, which is
 * a typing error, has more.
 */
const FILES_MAX = 10_000;

/** @throws {UsageError} after {@linkcode FILES_MAX} files. */
function* bounded(files: Iterable<string>, path: string): Generator<string> {
  let count = 0;
  for (const file of files) {
    if (++count > FILES_MAX) {
      throw new UsageError(
        `Cannot find modules: "${path}" has more than ${FILES_MAX} files to search; name a folder ` +
          "within it",
      );
    }
    yield file;
  }
}

/** Converts a glob of paths to a regular expression. */
function globPattern(glob: string): RegExp {
  const parts = glob.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    switch (part) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      default:
        return part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    }
  });
  return new RegExp(`^${parts.join("")}$`);
}

function isFolder(url: URL): boolean {
  try {
    return isGranted({ name: "read", path: url }) && Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}

/** Lists the files of a folder and those in it, relative to it. */
function* walk(url: URL, path: string): Generator<string> {
  const folder = url.href.endsWith("/") ? url : new URL(`${url.href}/`);
  if (!isGranted({ name: "read", path: folder })) {
    throw new UsageError(
      `Cannot find modules: reading the folder requires --allow-read=${
        decodeURIComponent(folder.pathname)
      }`,
    );
  }
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new UsageError(`Cannot find modules: ${errorText(error)}`);
  }
  for (const { name, isDirectory, isFile } of entries) {
    if (isFile) yield path + name;
    if (!isDirectory || name.startsWith(".") || name === "node_modules") continue;
    yield* walk(new URL(`${encodeURIComponent(name)}/`, folder), `${path}${name}/`);
  }
}
