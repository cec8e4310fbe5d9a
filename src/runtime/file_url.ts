/** Conversions between file URLs and paths. */

const IS_WINDOWS = Deno.build.os === "windows";

/** The path of a file URL. */
export function urlToPath({ hostname, pathname }: URL): string {
  const path = decodeURIComponent(pathname);
  if (!IS_WINDOWS) return path;
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
const [ROOTED, NAME] = IS_WINDOWS ? [/^([A-Za-z]:)?[/\\]/, /[^/\\]*$/] : [/^\//, /[^/]*$/];

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

/**
 * Converts a path or URL to the URL of a module.
 *
 * @param target As typed: `build.ts`, `/abs/build.ts`, `https://…`, `jsr:…`.
 * @param folder The absolute path that a relative one is resolved against.
 */
export function moduleUrl(target: string, folder: string): string {
  if (/^(https?|file|jsr|npm|data|blob):/.test(target)) return target;
  const path = encodePath(target);
  const base = `file:${encodePath(folder).replace(/\/$/, "")}/`;
  // A Windows path may start with a drive, with a server, or at the root of the folder's drive.
  return new URL(isAbsolute(path) ? `file:${path}` : `file:./${path}`, base).href;
}

/** Writes a path with slashes, and escapes the characters that a URL would interpret or trim. */
function encodePath(path: string): string {
  const slashes = IS_WINDOWS ? path.replaceAll("\\", "/") : path.replace(/\/+/g, "/");
  return slashes.replace(/[%?#\\\0- ]/g, encodeURIComponent);
}
