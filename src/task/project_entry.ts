/**
 * The entry of a project: a module that exports each module of the project as a namespace, such as
 * `users::`. Threads import the entry as they do any module. It is a `data:` URL, so no file is
 * written.
 */

import { PREFIXES_EXPORT } from "./exported_tasks.ts";

/** A module of a project. */
export interface EntryModule {
  /** The prefix of the names of its tasks: `users::`. */
  readonly prefix: string;
  readonly url: string;
}

const START = "data:text/javascript;charset=utf-8,";

/** Returns the URL of the entry of modules. */
export function projectEntry(modules: readonly EntryModule[]): string {
  const lines = modules.map(({ prefix, url }) =>
    `export * as ${JSON.stringify(prefix)} from ${JSON.stringify(url)};`
  );
  const prefixes = JSON.stringify(modules.map(({ prefix }) => prefix));
  const order = `const prefixes = ${prefixes}; export { prefixes as "${PREFIXES_EXPORT}" };`;
  return START + encodeURIComponent([...lines, order].join("\n"));
}

/** Returns the URLs of a project's modules; undefined if the URL is not that of an entry. */
export function entryModules(url: string): readonly string[] | undefined {
  if (!url.startsWith(START)) return undefined;
  const lines = decodeURIComponent(url.slice(START.length)).split("\n").slice(0, -1);
  const urls = lines.map((line) => /^export \* as ".*" from (".*");$/.exec(line)?.[1]);
  return urls.every((it) => it !== undefined) ? urls.map((it) => JSON.parse(it)) : undefined;
}

/**
 * Returns the shortest unambiguous prefix of each module: the name of its file without the suffix,
 * with as many of its folders as distinguish it from the others.
 *
 * @param urls The URLs of the modules, each once.
 */
export function modulePrefixes(urls: readonly string[]): string[] {
  const paths = urls.map((url) => {
    const parts = pathOf(url).split("/").filter((part) => part !== "");
    const file = parts.pop() ?? ""; // of `file:///`, which is reported when it is loaded
    return [...parts, file.replace(/\.[cm]?[jt]sx?$/, "")];
  });
  const ends = (path: readonly string[], count: number) => path.slice(-count).join("/");
  return paths.map((path, i) => {
    let count = 1;
    while (
      count < path.length &&
      paths.some((other, j) => j !== i && ends(other, count) === ends(path, count))
    ) count++;
    const isUnique = paths.every((other, j) => j === i || ends(other, count) !== ends(path, count));
    return `${ends(path, count)}${isUnique ? "" : `#${i + 1}`}::`;
  });
}

function pathOf(url: string): string {
  const path = url.replace(/^[a-z]+:(\/\/[^/]*)?/, "").replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
