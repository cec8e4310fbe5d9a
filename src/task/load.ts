/** Imports the user's module, and explains a failure in one line. */
import { DECORATOR_HELPERS } from "../runtime/call_sites.ts";
import { recordError } from "../base/error_record.ts";
import { UsageError } from "../base/errors.ts";
import { folderOf, isFile } from "../runtime/file_url.ts";
import { isGranted, permissionHint } from "../runtime/permissions.ts";
import { isErrorLike } from "../base/is_instance.ts";
import { isInternalModule } from "../runtime/internal_frames.ts";
import { sha256 } from "../runtime/sha256.ts";
import { closest } from "../base/suggest.ts";
import { entryModules } from "./project_entry.ts";
import type { Namespace } from "./exported_tasks.ts";

/** The error of a module that cannot be loaded. The message is one line. */
export class ModuleError extends UsageError {
  /** The place of the error in a file, `file:///a.ts:3:13`, if known; the message contains it. */
  readonly location: string | undefined;

  constructor(message: string, { location, ...options }: ErrorOptions & Partial<Reason>) {
    super(message, options);
    this.location = location;
  }
}

/** The cause of a failed import. */
interface Reason {
  readonly text: string;
  readonly location?: string | undefined;
}

/**
 * Imports a module.
 *
 * @param target The module as the user named it, for messages.
 * @throws {ModuleError} when the module cannot be parsed, or throws.
 * @throws {UsageError} when the module does not exist.
 */
export async function loadModule(url: string, target: string): Promise<Namespace> {
  await requireModule(url, target);
  try {
    return await importUrl(url);
  } catch (error) {
    const { text, location } = reason(error);
    throw new ModuleError(`${cannotLoad(target)}: ${text}`, { cause: error, location });
  }
}

/** Imports a module by its URL. A module that is already loaded does not run again. */
export function importUrl(url: string): Promise<Namespace> {
  return import(url);
}

/**
 * Checks that the file of a module exists.
 *
 * @param target The module as the user named it, for messages.
 * @throws {UsageError} when the file does not exist.
 */
export async function requireModule(url: string, target: string): Promise<void> {
  const reason = await missingReason(url, target);
  if (reason !== undefined) throw new UsageError(`${cannotLoad(target)}: ${reason}`);
}

function cannotLoad(target: string): string {
  return `Cannot load module "${target}"`;
}

/**
 * Returns a hash of a module's file, or the hashes of a project's modules. Threads load the module
 * independently, some of them late in a run; all have to load the same version.
 *
 * @returns Undefined if the module is in no readable file.
 */
export async function moduleVersion(url: string): Promise<string | undefined> {
  const modules = entryModules(url);
  if (modules !== undefined) return joinVersions(await Promise.all(modules.map(moduleVersion)));
  if (!url.startsWith("file:")) return undefined;
  const file = new URL(url);
  if (!isFile(file)) return undefined; // reading a pipe would wait for a writer
  try {
    return await sha256(Deno.readFileSync(file));
  } catch {
    return undefined; // the import reports the cause
  }
}

/** The version of a project: undefined if that of a module is. */
function joinVersions(versions: readonly (string | undefined)[]): string | undefined {
  return versions.includes(undefined) ? undefined : versions.join();
}

/** Returns the reason why a module's file cannot be imported, if there is one. */
async function missingReason(url: string, target: string): Promise<string | undefined> {
  if (!url.startsWith("file:")) return undefined;
  try {
    const found = await Deno.stat(new URL(url));
    if (found.isFile) return undefined;
    const hint = found.isDirectory ? moduleHint(url, target) : "";
    return `expected a regular file, got ${kindOf(found)}${hint}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `no such file${moduleHint(url, target)}`;
    return permissionHint(error) ?? reason(error).text;
  }
}

const MODULE = /\.[cm]?[jt]sx?$/;

/**
 * Suggests a module of the same folder: `; did you mean "etl.ts"?` for `etl`, or for a misspelling.
 */
function moduleHint(url: string, target: string): string {
  const name = target.slice(folderOf(target).length);
  const folder = new URL(".", url);
  if (name === "" || !isGranted({ name: "read", path: folder })) return "";
  try {
    const modules = [...Deno.readDirSync(folder)]
      .flatMap(({ name, isFile }) => isFile && MODULE.test(name) ? [name] : []).sort();
    const meant = modules.find((it) => it.replace(MODULE, "") === name) ?? closest(name, modules);
    return meant === undefined ? "" : `; did you mean "${folderOf(target)}${meant}"?`;
  } catch {
    return ""; // the folder does not exist
  }
}

function kindOf({ isDirectory, isFifo, isSocket }: Deno.FileInfo): string {
  return isDirectory ? "a folder" : isFifo ? "a pipe" : isSocket ? "a socket" : "a device";
}

function reason(error: unknown): Reason {
  try {
    return reasonOf(error);
  } catch {
    return { text: `the module threw ${recordError(error).message}` }; // its getters throw
  }
}

/** A compiled command has no module loader that fetches. */
const COMPILED =
  'a compiled tdrun loads files, node: modules and "@thread-order/cli", and no others';

/** Deno colors the location of a failed import if the output may be a terminal. */
// deno-lint-ignore no-control-regex -- that is how colors begin
const COLOR = /\x1b\[[\d;]*m/g;

/** Calls of compiled decorators, whose location is after the last line of the module. */
const DECORATING = new RegExp(`^ *at (${DECORATOR_HELPERS}) .*$`, "gm");

function reasonOf(error: unknown): Reason {
  if (!isErrorLike(error)) {
    const value = Deno.inspect(error, { breakLength: Infinity }).replace(/\n\s*/g, " ");
    return { text: `the module threw ${value}` };
  }
  const hint = permissionHint(error);
  // An imported module may not be read.
  if (hint && error instanceof TypeError) return { text: hint };
  const [, url] = /^Importing (\S+) blocked\. JSR packages/.exec(error.message) ?? [];
  if (url !== undefined) {
    const remedy = `run a file with: export * from "${url}"`;
    return { text: `packages on JSR cannot import from other addresses; ${remedy}` };
  }
  const line = error.message.split("\n").find((part) => part.trim() !== "")?.trim() ?? "";
  const stack = (error.stack ?? "").replace(COLOR, "").replace(DECORATING, "");
  const places = stack.match(/file:\/\/.+?:\d+:\d+/g) ?? [];
  const isLoaderError = error instanceof SyntaxError ||
    error.message.startsWith("Module not found") ||
    (error instanceof TypeError &&
      /^SyntaxError: |could not be parsed|not a dependency|Import |^npm package|^Unsupported scheme|Unknown export|^(Expected a JavaScript or|Specifier not found)/
        .test(error.message));
  if (isLoaderError) {
    // an internal frame is the import itself
    const where = places.slice(0, 1).find((it) => !isInternalModule(it));
    const message = line.replace(/ Supported schemes:$/, ""); // the schemes are on the next lines
    const place = where && !message.includes(where)
      ? `${message.replace(/\.$/, "")} at ${where}`
      : message;
    return { text: Deno.build.standalone ? `${place}; ${COMPILED}` : place, location: where };
  }
  // an internal frame may be the failed call
  const where = places.find((it) => !isInternalModule(it));
  const at = where ? ` at ${where}` : "";
  return { text: `the module threw ${error.name}: ${line}${at}`, location: where };
}

/**
 * Rejects a run whose module has changed since the run started: otherwise some tasks would run in
 * one version and some in another.
 *
 * @param version The version at the start of the run; undefined if unknown.
 */
export async function rejectOtherVersion(url: string, version: string | undefined): Promise<void> {
  if (version === undefined || version === await moduleVersion(url)) return;
  throw new Error(
    "Cannot join the run: the module's file has changed since the run started; restart the run",
  );
}
