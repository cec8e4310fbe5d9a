/** Restricts the paths of the web UI to the folder in which the server was started. */
import { UsageError } from "../base/errors.ts";
import { isAbsolute } from "../runtime/file_url.ts";
import { errorText } from "../base/text_format.ts";
import type { FileEntry, FileKind } from "./ui_protocol.ts";

/**
 * Resolves a path within a folder.
 *
 * @param folder Absolute.
 * @param path Relative to the folder, or absolute.
 * @returns The path relative to the folder.
 * @throws {UsageError} when the path leads out of the folder, also by a symbolic link, or does not
 * exist.
 */
export async function resolveWithin(folder: string, path: string): Promise<string> {
  const invalid = (why: string) => new UsageError(`Cannot open "${path}": ${why}`);
  if (path.trim() === "" || path.includes("\0")) throw invalid("expected a path");
  if (/^\w{2,}:/.test(path)) throw invalid("expected a path, got a URL");
  const root = await Deno.realPath(folder);
  let real: string;
  try {
    real = await Deno.realPath(isAbsolute(path) ? path : `${root}/${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw invalid("no such file");
    throw invalid(errorText(error));
  }
  if (real === root) return ".";
  const inside = real.startsWith(root) && /^[/\\]/.test(real.slice(root.length));
  const isAtRoot = /[/\\]$/.test(root);
  if (!inside && !(isAtRoot && real.startsWith(root))) {
    throw invalid(`the path is outside of "${root}", where tdrun ui was started`);
  }
  return real.slice(root.length).replace(/^[/\\]/, "").replaceAll("\\", "/");
}

/**
 * Resolves the path of a regular file within a folder: reading a pipe or a device may never end.
 *
 * @throws {UsageError}
 */
export async function resolveFileWithin(folder: string, path: string): Promise<string> {
  const inside = await resolveWithin(folder, path);
  const { isFile, isDirectory } = await Deno.stat(`${folder}/${inside}`);
  if (isFile) return inside;
  throw new UsageError(
    `Cannot open "${path}": expected a file, got a ${isDirectory ? "folder" : "pipe or device"}`,
  );
}

/**
 * Resolves the path of a module, or of a folder of modules, within a folder.
 *
 * @throws {UsageError}
 */
export async function resolveModuleWithin(folder: string, path: string): Promise<string> {
  const inside = await resolveWithin(folder, path);
  const { isDirectory } = await Deno.stat(`${folder}/${inside}`);
  return isDirectory ? inside : await resolveFileWithin(folder, path);
}

const EXTENSIONS: Readonly<Record<FileKind, RegExp>> = {
  module: /\.[cm]?[jt]sx?$/,
  state: /\.(json|ya?ml)$/,
  recording: /\.(ndjson|jsonl|json)$/,
};

/** Maximum number of completions: more do not help to choose. */
const ENTRIES_MAX = 50;

/**
 * Completes a path: lists folders, and files of a kind.
 *
 * @param typed The path so far.
 */
export async function completePath(
  folder: string,
  typed: string,
  kind: FileKind,
): Promise<FileEntry[]> {
  const nameStart = typed.lastIndexOf("/") + 1;
  const [parent, namePrefix] = [typed.slice(0, nameStart), typed.slice(nameStart).toLowerCase()];
  const inside = await resolveWithin(folder, parent === "" ? "." : parent).catch(() => undefined);
  if (inside === undefined) return [];
  const folderPrefix = inside === "." ? "" : `${inside}/`;
  const found: FileEntry[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${inside}`)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (!name.toLowerCase().startsWith(namePrefix)) continue;
    if (isDirectory) found.push({ path: `${folderPrefix}${name}/` });
    else if (isFile && EXTENSIONS[kind].test(name)) found.push({ path: folderPrefix + name });
  }
  const byPath = (a: FileEntry, b: FileEntry) => a.path < b.path ? -1 : 1;
  return found.sort(byPath).slice(0, ENTRIES_MAX);
}
