/** Which lines of a stack are this library's own: nobody looks for a mistake of theirs there. */

const ROOT = new URL("../../", import.meta.url).href;
const OURS = [`${ROOT}src/`, `${ROOT}workers/`, `${ROOT}mod.ts`, `${ROOT}cli.ts`];

/** Whether a module is one of this library's. */
export function isOwnModule(url: string): boolean {
  return OURS.some((prefix) => url.startsWith(prefix));
}

/** Whether a line is a frame of a stack that names such a module. */
export function isOwnFrame(line: string): boolean {
  const at = line.indexOf(ROOT);
  return at > 0 && /^\s+at /.test(line) && isOwnModule(line.slice(at));
}
