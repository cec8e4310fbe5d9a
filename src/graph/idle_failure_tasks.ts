/**
 * Tasks that run when something has failed, where nothing can have: all that they come after is mocked.
 * They are skipped, and who comes after them with them, as where it has passed.
 */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * Finds them. A mocked task counts as passed.
 *
 * @param isMocked By task id.
 * @param skipsDependents Whether who comes after a skipped task is skipped.
 * @returns Their ids.
 */
export function idleFailureTasks(
  graph: Graph,
  isMocked: Uint8Array,
  skipsDependents: boolean,
): number[] {
  const isUnneeded = new Uint8Array(graph.size);
  const found: number[] = [];
  for (const id of topologicalOrder(graph)) {
    const when = graph.tasks[id]!.policy?.when ?? "passed";
    if (isMocked[id] || when === "always") continue;
    const before = graph.dependenciesOf(id);
    const isSkipped = when === "passed"
      ? skipsDependents && before.some((dependency) => isUnneeded[dependency])
      : before.length > 0 && before.every((it) => isMocked[it] || isUnneeded[it]);
    if (!isSkipped) continue;
    isUnneeded[id] = 1;
    found.push(id);
  }
  return found.sort((a, b) => a - b);
}
