/** URLs of files. */

/** The path that it stands for. */
export function urlToPath({ hostname, pathname }: URL): string {
  const path = decodeURIComponent(pathname);
  if (Deno.build.os !== "windows") return path;
  return hostname === "" ? path.slice(1) : `//${hostname}${path}`;
}

/** A path without a URL's escapes; as it is where percent signs in it are none. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** On Windows backslashes divide paths, too, and a path may begin with a drive. */
const [ROOTED, NAME] = Deno.build.os === "windows"
  ? [/^([A-Za-z]:)?[/\\]/, /[^/\\]*$/]
  : [/^\//, /[^/]*$/];

/** Whether a path starts from the root. */
export function isAbsolute(path: string): boolean {
  return ROOTED.test(path);
}

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
export function* ancestorFolders(folder: URL): Generator<URL> {
  for (let at = folder;; at = new URL("..", at)) {
    yield at;
    if (/^\/([A-Z]:\/)?$/i.test(at.pathname)) return;
  }
}
