/** Identities of files: two paths may name one file. No permission is requested. */
import { isGranted } from "../../runtime/permissions.ts";
import { folderOf, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { streamAt } from "./open_file.ts";

/** The names of the standard streams. */
const STREAMS = { out: "standard output", err: "standard error" } as const;

/**
 * Computes a text that is equal for two paths of one file: device and inode, or, if the file does
 * not exist, the identity of its folder and its name.
 *
 * @param file A path, or a URL.
 * @param folder The absolute path that a relative one starts from.
 */
export function fileIdentity(file: string, folder: string): string {
  const stream = streamAt(file);
  if (stream !== undefined) return STREAMS[stream];
  const url = moduleUrl(file, folder);
  return url.startsWith("file:") ? identityAt(urlToPath(new URL(url))) : url;
}

/**
 * The identities of a standard stream: its own, and that of the file it is redirected to. Without
 * -A, Deno does not reveal the file; `node:fs` would, but takes 15 ms to load.
 */
export function streamIdentities(stream: keyof typeof STREAMS): string[] {
  const own = STREAMS[stream];
  if (!isGranted({ name: "read" })) return [own];
  try {
    const path = `/dev/std${stream}`;
    return Deno.statSync(path).isFile ? [own, inodeOf(path)] : [own];
  } catch {
    return [own];
  }
}

function identityAt(path: string): string {
  if (isGranted({ name: "read", path })) {
    try {
      return inodeOf(path);
    } catch {
      // the file does not exist
    }
  }
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  return name === "" ? path : `${identityAt(folder.slice(0, -1) || "/")}/${name}`;
}

/** Device and inode; the real path where inodes exceed 2^53, as on Windows and network drives. */
function inodeOf(path: string): string {
  const { dev, ino } = Deno.statSync(path);
  return Number.isSafeInteger(ino) ? `${dev}:${ino}` : Deno.realPathSync(path);
}
