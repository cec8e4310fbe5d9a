/** Completes paths, as a shell does. */
import { resolveWithin } from "./path_sandbox.ts";
import type { FileEntry, FileKind } from "./ui_protocol.ts";

const ENDINGS: Readonly<Record<FileKind, RegExp>> = {
  module: /\.[cm]?[jt]sx?$/,
  state: /\.(json|ya?ml)$/,
  recording: /\.(ndjson|jsonl|json)$/,
};

const ENTRIES_MAX = 50;

/**
 * What a path may go on as: folders, and files of a kind.
 *
 * @param typed What stands there so far.
 */
export async function completePath(
  folder: string,
  typed: string,
  kind: FileKind,
): Promise<FileEntry[]> {
  const at = typed.lastIndexOf("/") + 1;
  const [above, begun] = [typed.slice(0, at), typed.slice(at).toLowerCase()];
  const inside = await resolveWithin(folder, above === "" ? "." : above).catch(() => undefined);
  if (inside === undefined) return [];
  const prefix = inside === "." ? "" : `${inside}/`;
  const found: FileEntry[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${inside}`)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (!name.toLowerCase().startsWith(begun)) continue;
    if (isDirectory) found.push({ path: `${prefix}${name}/` });
    else if (isFile && ENDINGS[kind].test(name)) found.push({ path: prefix + name });
  }
  const byPath = (a: FileEntry, b: FileEntry) => a.path < b.path ? -1 : 1;
  return found.sort(byPath).slice(0, ENTRIES_MAX);
}
