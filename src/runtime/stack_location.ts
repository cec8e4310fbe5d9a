/**
 * Places in stacks. Deno writes the path of a file there as it is, behind `file://`: percent signs in it
 * are no escapes, and `#` and `?` are letters. But where the file is in the folder the program was started in,
 * the main thread writes that folder as URLs have it: `file:///my%20files/a b.ts` for `/my files/a b.ts`.
 */
import { decodePath } from "./file_url.ts";

/** That folder, as paths in stacks are written, with a slash at its end. */
const START = startFolder();
const START_DEPTH = START.split("/").length - 1;

/** The path of a file that a stack names. */
export function locationPath(location: string): string {
  return pathIn(location).replace(/^\/(?=[A-Za-z]:\/)/, "");
}

/** The URL of a module that a stack names: what would be its `import.meta.url`. */
export function urlOfLocation(location: string): string {
  if (!location.startsWith("file:")) return location;
  return new URL(`file:${pathIn(location).replace(/[%?#\\\n\r\t]/g, encodeURIComponent)}`).href;
}

/** `/a b/c.ts`; on Windows `/C:/c.ts`, or `//server/share/c.ts`. */
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
    return "/"; // it was removed
  }
}
