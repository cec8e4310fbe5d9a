/** The locations of tasks in the source, for editors. */
import { callSites } from "../runtime/call_sites.ts";
import type { ExportedTasks } from "./discover.ts";
import type { RecordedMark } from "./mark_recorder.ts";

/** The place in the source where a function was marked. */
export interface MarkLocation {
  /** The absolute path of the file; the URL of a remote module. */
  readonly file: string;
  /** The line, from 1. */
  readonly line: number;
  /** The column, from 1. */
  readonly column: number;
}

/**
 * Returns the locations of all tasks of a module, by their names without cases.
 *
 * @param marks The marks that were recorded while the module was loaded, with their stacks.
 */
export function markLocations(
  marks: readonly RecordedMark[],
  exported: ExportedTasks,
): Map<string, MarkLocation> {
  const found = new Map<string, MarkLocation>();
  for (const { fn, trace } of marks) {
    const name = exported.namesOf(fn)?.[0];
    if (name === undefined || trace === undefined) continue;
    const [, file, line, column] = /^(.*):(\d+):(\d+)$/s.exec(
      callSites(trace)[0]?.location ?? "",
    ) ?? [];
    if (file === undefined) continue;
    found.set(name, { file, line: Number(line), column: Number(column) });
  }
  return found;
}
