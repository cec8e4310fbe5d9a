/** Conversions between file URLs and paths. */

/** The path of a file URL. */
export function urlToPath({ hostname, pathname }: URL): string {
  const path = decodeURIComponent(pathname);
  if (Deno.build.os !== "windows") return path;
  return hostname === "" ? path.slice(1) : `//${hostname}${path}`;
}

/** Decodes the URL escapes of a path; a path with invalid escapes is returned unchanged. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * Patterns of absolute paths and of base names. Windows also separates by backslashes and has drive
 * letters.
 */
const [ROOTED, NAME] = Deno.build.os === "windows"
  ? [/^([A-Za-z]:)?[/\\]/, /[^/\\]*$/]
  : [/^\//, /[^/]*$/];

/** Whether a path is absolute. */
export function isAbsolute(path: string): boolean {
  return ROOTED.test(path);
}

/** The folder of a path, with its trailing separator; empty if the path has none. */
export function folderOf(path: string): string {
  return path.slice(0, path.search(NAME));
}

/** Whether a URL is that of an existing file. */
export function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

/** Yields a folder and its ancestors, up to the root: `/`, or `/C:/`. */
export function* ancestorFolders(folder: URL): Generator<URL> {
  for (let at = folder;; at = new URL("..", at)) {
    yield at;
    if (/^\/([A-Z]:\/)?$/i.test(at.pathname)) return;
  }
}
