/** The definition of a resource, by which a round compares it with that of an earlier one. */
import type { ResourceLocation } from "../../task/mark_locations.ts";
import type { TaskSpec } from "../../task/task.ts";

/** Returns the options of a resource, and the calls that created it, as text. */
export function definitionOf(
  { after, use, policy, restarts }: TaskSpec,
  { calls }: ResourceLocation,
): string {
  return JSON.stringify([calls, after, use, policy, restarts]);
}
