/**
 * The contents of watched files. A file that was written but has the same content has not changed:
 * so a task that writes one of its inputs does not restart the run forever.
 */
import { createHash } from "node:crypto";
import { readContent } from "../../cache/digests.ts";
import { FilePatterns } from "../../cache/file_patterns.ts";
import { FILE_TIME_MARGIN_MS, fileChangedAtMs, fileStamp } from "../../cache/file_time.ts";

/** The files to watch. */
export interface WatchedFiles {
  /** Absolute paths of the files that all tasks depend on: modules, configurations, the state. */
  readonly shared: readonly string[];
  /** Globs of files that tasks read. */
  readonly files: readonly string[];
  /** Globs of files that tasks write, which are not watched. */
  readonly outputs: readonly string[];
}

/** A file as it was last seen. Undefined if it does not exist, or cannot be read. */
interface SeenFile {
  /** Times, size and inode: the content is hashed again only if one of them has changed. */
  readonly stamp: string | undefined;
  readonly digest: string | undefined;
}

/** The contents of watched files when they were last compared. */
export class FileSnapshot {
  readonly #folder: string;
  readonly #seen = new Map<string, SeenFile>();
  #shared: readonly string[] = [];
  #files = new FilePatterns([]);
  #outputs = new FilePatterns([]);

  /** @param folder Absolute path of the folder to which globs are relative. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The number of watched files. */
  get size(): number {
    return this.#seen.size;
  }

  /**
   * Replaces the watched files.
   *
   * @param sinceMs A time in ms since 1970: a file that was not watched has changed if it was
   * written since.
   * @returns The changed files, by absolute path.
   */
  watch({ shared, files, outputs }: WatchedFiles, sinceMs: number): string[] {
    this.#shared = shared;
    this.#files = new FilePatterns(files);
    this.#outputs = new FilePatterns(outputs);
    for (const path of this.#list()) {
      if (this.#seen.has(path) || changedAt(path) >= sinceMs - FILE_TIME_MARGIN_MS) continue;
      this.#seen.set(path, seenFile(path));
    }
    return this.scan();
  }

  /** Compares all watched files. Returns the changed ones, by absolute path. */
  scan(): string[] {
    const current = this.#list();
    const changed: string[] = [];
    for (const path of new Set([...current, ...this.#seen.keys()])) {
      const before = this.#seen.get(path);
      const now = seenFile(path, before);
      if (now.digest !== before?.digest) changed.push(path);
      if (current.has(path)) this.#seen.set(path, now);
      else this.#seen.delete(path);
    }
    return changed;
  }

  #list(): Set<string> {
    const found = listFiles(this.#files, this.#folder).filter((it) => !this.#outputs.matches(it));
    return new Set([...this.#shared, ...found.map((path) => `${this.#folder}/${path}`)]);
  }
}

/** A folder that cannot be read has no files: the task that reads them reports the error. */
function listFiles(patterns: FilePatterns, folder: string): string[] {
  try {
    return patterns.list(folder);
  } catch {
    return [];
  }
}

function seenFile(path: string, before?: SeenFile): SeenFile {
  try {
    const stamp = fileStamp(Deno.statSync(path));
    if (stamp === before?.stamp) return before;
    const { kind, bytes } = readContent(path);
    return { stamp, digest: `${kind}${createHash("sha256").update(bytes).digest("hex")}` };
  } catch {
    return { stamp: undefined, digest: undefined };
  }
}

/** {@linkcode fileChangedAtMs}; 0 for a file that does not exist, or cannot be read. */
function changedAt(path: string): number {
  try {
    return fileChangedAtMs(path);
  } catch {
    return 0;
  }
}
