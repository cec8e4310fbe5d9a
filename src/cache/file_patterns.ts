/**
 * Globs of files. `*` and `?` match within a segment of a path, `**` matches any number of
 * segments, `{a,b}` either text, and `[a-z]` a character. A leading `!` excludes. Other characters
 * are literal. A path without wildcards is a file, or a folder with all that it contains. Folders
 * without sources (`.git`, `.tdrun`, `node_modules`) are searched only if a pattern names them.
 */

const UNSEARCHED: readonly string[] = [".git", ".tdrun", "node_modules"];
const MAGIC = /[*?{[]/;

/** Globs of files relative to one folder. */
export class FilePatterns {
  readonly #included: readonly RegExp[];
  readonly #excluded: readonly RegExp[];
  readonly #bases: readonly string[];
  readonly #unsearched: readonly string[];

  /** @param patterns Globs with `/` as the separator. */
  constructor(patterns: readonly string[]) {
    const included = patterns.filter((it) => !it.startsWith("!")).map(normalized);
    this.#included = included.map(toRegExp);
    this.#excluded = patterns.filter((it) => it.startsWith("!"))
      .map((it) => toRegExp(normalized(it.slice(1))));
    this.#bases = [...new Set(included.map(baseOf))];
    const named = new Set(included.flatMap((it) => it.split("/")));
    this.#unsearched = UNSEARCHED.filter((it) => !named.has(it));
  }

  /** The folders and files that are searched, relative to the folder; empty for the folder. */
  get bases(): readonly string[] {
    return this.#bases;
  }

  /** Whether a path relative to the folder matches; the file need not exist. */
  matches(path: string): boolean {
    return this.#included.some((it) => it.test(path)) &&
      !this.#excluded.some((it) => it.test(path)) &&
      !path.split("/").some((it) => this.#unsearched.includes(it));
  }

  /**
   * Lists the matching files of a folder, sorted, as paths relative to it. Linked folders are
   * searched.
   *
   * @throws when a folder cannot be read.
   */
  list(folder: string): string[] {
    const found = new Set<string>();
    for (const base of this.#bases) {
      this.#visit(base, { folder, found, parents: [] }, statOf(pathIn(folder, base)));
    }
    return [...found].sort();
  }

  /** @param kind Undefined for a path that does not exist. */
  #visit(path: string, search: Search, kind: FileKind | undefined): void {
    if (kind === undefined) return;
    const { folder, found, parents } = search;
    if (!kind.isDirectory) {
      if (this.matches(path)) found.add(path);
      return;
    }
    const [real, entries] = ifExists(() => {
      const at = pathIn(folder, path);
      return [Deno.realPathSync(at), Deno.readDirSync(at)] as const;
    }) ?? ["", []]; // removed meanwhile
    if (parents.includes(real)) return; // a link to one of its parents
    const inside = { folder, found, parents: [...parents, real] };
    for (const entry of entries) {
      if (this.#unsearched.includes(entry.name)) continue;
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      this.#visit(below, inside, entry.isSymlink ? statOf(pathIn(folder, below)) : entry);
    }
  }
}

type FileKind = Pick<Deno.FileInfo, "isDirectory">;

/** A search of a folder. */
interface Search {
  readonly folder: string;
  readonly found: Set<string>;
  /** The real paths of the folders that contain the current path. */
  readonly parents: readonly string[];
}

function pathIn(folder: string, path: string): string {
  return path === "" ? folder : `${folder}/${path}`;
}

/** The kind of a file, or of what a link leads to; of a dangling link itself. */
function statOf(path: string): FileKind | undefined {
  return ifExists(() => Deno.statSync(path)) ?? ifExists(() => Deno.lstatSync(path));
}

function ifExists<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    throw error;
  }
}

function normalized(pattern: string): string {
  return pattern.replace(/^(\.\/)+/, "").replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
}

/** The longest part of a pattern without wildcards: the folder or file to search. */
function baseOf(pattern: string): string {
  const segments = pattern.split("/");
  const magic = segments.findIndex((it) => MAGIC.test(it));
  return (magic < 0 ? segments : segments.slice(0, magic)).join("/");
}

function toRegExp(pattern: string): RegExp {
  const segments = pattern.split("/");
  let source = "^";
  segments.forEach((segment, i) => {
    const isLast = i === segments.length - 1;
    if (segment === "**") source += isLast ? ".+" : "(?:[^/]+/)*";
    else source += segmentSource(segment) + (isLast ? "" : "/");
  });
  // Without wildcards it is the path of a file, or of a folder with all that it contains.
  return new RegExp(`${source}${MAGIC.test(pattern) ? "" : "(?:/.+)?"}$`, "su");
}

function segmentSource(segment: string): string {
  let source = "";
  let depth = 0;
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i]!;
    const group = char === "[" ? /^\[([!^]?)([^\]]+)\]/.exec(segment.slice(i)) : null;
    if (group) {
      source += `[${group[1] ? "^/" : ""}${group[2]!.replaceAll(/[\\[\]^]/g, "\\$&")}]`;
      i += group[0].length - 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "{" && segment.indexOf("}", i) > 0) source += (depth++, "(?:");
    else if (char === "}" && depth > 0) source += (depth--, ")");
    else if (char === "," && depth > 0) source += "|";
    else source += char.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return source + ")".repeat(depth);
}
