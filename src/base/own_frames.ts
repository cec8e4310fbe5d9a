/** Which lines of a stack are this library's own: nobody looks for a mistake of theirs there. */

const ROOT = new URL("../../", import.meta.url).href;

/** What the URLs of this library's modules begin with. */
export const OWN_PREFIXES: readonly string[] = [
  ...["src/", "workers/"],
  ...["mod.ts", "cli.ts", "ui.ts", "bullmq.ts", "offline.ts"],
].map((path) => ROOT + path);

/** Whether a module is one of this library's. */
export function isOwnModule(url: string): boolean {
  return OWN_PREFIXES.some((prefix) => url.startsWith(prefix));
}

/** Whether a line is a frame of a stack that names such a module. */
export function isOwnFrame(line: string): boolean {
  const at = line.indexOf(ROOT);
  return at > 0 && /^\s+at /.test(line) && isOwnModule(line.slice(at));
}
