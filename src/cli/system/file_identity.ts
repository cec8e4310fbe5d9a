/** What a file is, whatever it is called: two names may lead to one. Nobody is asked for leave to look. */
import { isGranted } from "../../runtime/permissions.ts";
import { folderOf, urlToPath } from "../../runtime/file_url.ts";
import { moduleUrl } from "../../task/load.ts";
import { streamAt } from "./open_file.ts";

/** The names of the standard streams. */
const STREAMS = { out: "the standard output", err: "standard error" } as const;

/**
 * A text that files have in common that are one: its place on its device, or, where there is no file yet, the
 * folder it would be in, and its name.
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
 * The same of a standard stream: its own, and that of the file it was sent to, if it was. Without -A, Deno
 * does not tell; `node:fs` would, and takes 15 ms to load.
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
      // there is none yet
    }
  }
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  return name === "" ? path : `${identityAt(folder.slice(0, -1) || "/")}/${name}`;
}

/** Some systems number files beyond what a number tells apart: Windows does, and network drives. */
function inodeOf(path: string): string {
  const { dev, ino } = Deno.statSync(path);
  return Number.isSafeInteger(ino) ? `${dev}:${ino}` : Deno.realPathSync(path);
}
