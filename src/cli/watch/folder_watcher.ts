/** Watches folders for changes of files, which are compared afterwards: an event is only a hint. */
import { dirname } from "node:path";
import { setTimeout } from "../../runtime/timers.ts";

/** Folders whose files are not watched: `tdrun` and git write there during a run. */
const IGNORED = /[/\\](\.tdrun|\.git|node_modules)([/\\]|$)/;

/**
 * Time from the first event to the comparison, in ms. Editors write a file in several steps, which
 * take a few milliseconds.
 */
const DEBOUNCE_MS = 25;

/** Watches folders. */
export class FolderWatcher implements Disposable {
  readonly #onChange: () => void;
  #watchers: Deno.FsWatcher[] = [];
  #key = "";
  #isDue = false;

  /** @param onChange Called at most once per comparison. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Replaces the watched paths. Of a path that does not exist, the nearest folder is watched.
   *
   * @param files Absolute paths of files, whose folders are watched.
   * @param trees Absolute paths of folders, watched with the folders in them, or of files.
   * @returns Whether the watched paths have changed; then events may have been missed.
   */
  watch(files: readonly string[], trees: readonly string[]): boolean {
    const deep = [...new Set(trees.filter(isFolder))].sort();
    const shallow = [...files, ...trees.filter((it) => !isFolder(it))].map(nearestFolder);
    const flat = [...new Set(shallow)].filter((it) => !deep.includes(it)).sort();
    const key = JSON.stringify([deep, flat]);
    if (key === this.#key) return false;
    this[Symbol.dispose]();
    this.#key = key;
    this.#start(deep, true);
    this.#start(flat, false);
    return true;
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #start(paths: string[], recursive: boolean): void {
    if (paths.length === 0) return;
    const watcher = Deno.watchFs(paths, { recursive });
    this.#watchers.push(watcher);
    void this.#read(watcher);
  }

  async #read(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || paths.every((path) => IGNORED.test(path)) || this.#isDue) continue;
      this.#isDue = true;
      setTimeout(() => {
        this.#isDue = false;
        this.#onChange();
      }, DEBOUNCE_MS);
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The innermost existing folder that contains a path. */
function nearestFolder(path: string): string {
  const folder = dirname(path);
  return isFolder(folder) || folder === path ? folder : nearestFolder(folder);
}
