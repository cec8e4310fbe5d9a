/** The locations in the source: of tasks, for editors, and of resources, for a watch. */
import { callSites } from "../runtime/call_sites.ts";
import type { ExportedTasks } from "./discover.ts";
import type { RecordedMark, RecordedResource } from "./mark_recorder.ts";

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

/** The place in the source where a resource was created. */
export interface ResourceLocation {
  /** The URL of the module whose top level created it, by helpers of other modules or not. */
  readonly module: string;
  /** The calls that created it, innermost first: file, line and column. */
  readonly calls: readonly string[];
}

/**
 * Maximum number of captured frames: the outermost one is that of the module, however many helpers
 * it calls.
 */
export const RESOURCE_TRACE_DEPTH = 200;

/**
 * Returns the locations of the resources of a module, by their names.
 *
 * @param resources The resources that were created while the module was loaded.
 */
export function resourceLocations(
  resources: readonly RecordedResource[],
  exported: ExportedTasks,
): Map<string, ResourceLocation> {
  const found = new Map<string, ResourceLocation>();
  for (const { resource, trace } of resources) {
    const name = exported.resourceName(resource);
    const calls = name === undefined ? [] : callSites(trace);
    const outermost = calls.at(-1);
    if (name === undefined || outermost === undefined) continue;
    found.set(name, { module: outermost.module, calls: calls.map(({ location }) => location) });
  }
  return found;
}
