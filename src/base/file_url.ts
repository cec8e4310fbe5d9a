/** URLs of files. */

/** The path that it stands for. */
export function pathOf({ hostname, pathname }: URL): string {
  const path = decodeURIComponent(pathname);
  if (Deno.build.os !== "windows") return path;
  return hostname === "" ? path.slice(1) : `//${hostname}${path}`;
}

/** Whether a path starts from the root, on whatever system. */
export function isAbsolute(path: string): boolean {
  return /^([A-Za-z]:)?[/\\]/.test(path);
}

/** The name of a file in its path: on Windows backslashes divide paths, too. */
const NAME = Deno.build.os === "windows" ? /[^/\\]*$/ : /[^/]*$/;

/** The folder that a path leads through to its end, with what divides them; empty where there is none. */
export function folderOf(path: string): string {
  return path.slice(0, path.search(NAME));
}

/** Whether there is such a file. */
export function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

/** A folder and those it is in, up to the root: `/`, or `/C:/`. */
export function* foldersUp(folder: URL): Generator<URL> {
  for (let at = folder;; at = new URL("..", at)) {
    yield at;
    if (/^\/([A-Z]:\/)?$/i.test(at.pathname)) return;
  }
}
