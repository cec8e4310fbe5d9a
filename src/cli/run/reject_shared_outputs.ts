/** Rejects cached tasks whose outputs overlap. */
import { UsageError } from "../../base/errors.ts";
import type { TaskSpec } from "../../task/task.ts";

/**
 * Rejects tasks whose outputs overlap: running one would remove what the other has written.
 *
 * @throws {UsageError} naming two of them.
 */
export function rejectSharedOutputs(specs: readonly TaskSpec[]): void {
  const claimed = specs.flatMap(({ name, cache }) =>
    (cache?.outputs ?? []).map((pattern) => ({ name, pattern, folder: wholeFolderOf(pattern) }))
  );
  for (const [i, a] of claimed.entries()) {
    for (const b of claimed.slice(i + 1)) {
      if (a.name === b.name || !overlaps(a, b)) continue;
      throw new UsageError(
        `Cannot cache "${a.name}" and "${b.name}": their outputs "${a.pattern}" and "${b.pattern}" overlap; ` +
          "give each task a folder of its own",
      );
    }
  }
}

interface Claim {
  readonly pattern: string;
  /** The folder of which the pattern matches all; undefined if it matches some files. */
  readonly folder: string | undefined;
}

function overlaps(a: Claim, b: Claim): boolean {
  if (a.pattern === b.pattern) return true;
  const contains = (folder: string | undefined, pattern: string) =>
    folder !== undefined && `${pattern}/`.startsWith(`${folder}/`);
  return contains(a.folder, b.pattern) || contains(b.folder, a.pattern);
}

function wholeFolderOf(pattern: string): string | undefined {
  const folder = pattern.replace(/^(\.\/)+/, "").replace(/\/(\*\*)?$/, "");
  return /[*?{[]/.test(folder) ? undefined : folder;
}
