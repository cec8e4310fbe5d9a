/**
 * Locations in stacks. Deno writes the path of a file without escapes after `file://`: percent
 * signs are literal, and `#` and `?` belong to the path. On the main thread, however, the current
 * folder at start is escaped as in a URL: `file:///my%20files/a b.ts` for `/my files/a b.ts`.
 */
import { decodePath } from "./file_url.ts";

/** The current folder at start, as paths in stacks are written, with a trailing slash. */
const START = startFolder();
const START_DEPTH = START.split("/").length - 1;

/** The path of the file at a location. */
export function locationPath(location: string): string {
  return pathIn(location).replace(/^\/(?=[A-Za-z]:\/)/, "");
}

/** `/a b/c.ts`; on Windows `/C:/c.ts` or `//server/share/c.ts`. */
function pathIn(location: string): string {
  const path = location.replace(/^file:(\/\/(?=\/))?/, "");
  const folder = `${path.split("/", START_DEPTH).join("/")}/`;
  return decodePath(folder) === START ? START + path.slice(folder.length) : path;
}

function startFolder(): string {
  try {
    const folder = Deno.cwd().replace(/^([A-Za-z]:|\\)\\.*/s, (it) => it.replaceAll("\\", "/"));
    return folder.replace(/^(?=[A-Za-z]:)/, "/").replace(/\/?$/, "/");
  } catch {
    return "/"; // the folder was removed
  }
}
