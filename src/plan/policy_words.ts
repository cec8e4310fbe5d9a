/** The tasks' policies in the memory of a plan, as far as transitions depend on them. */
import type { TaskPolicy, When } from "../task/policy.ts";
import { type PlanLayout, type PlanShape, Word } from "./plan_layout.ts";

/** The policies by task id; undefined for a task without one. */
export type PlanPolicies = readonly (TaskPolicy | undefined)[];

/** The word that stands for each value of `when`. */
export const WhenWord: Readonly<Record<When, number>> = { passed: 0, always: 1, failed: 2 };

/** The part of a plan's shape that follows from policies. */
export function policyShape(
  policies: PlanPolicies,
): Pick<PlanShape, "hasPolicies" | "retries" | "semaphores" | "semaphoreUses"> {
  let hasPolicies = false;
  let retries = 0;
  let semaphoreUses = 0;
  for (const policy of policies) {
    if (policy === undefined) continue;
    hasPolicies = true;
    retries += policy.retries?.count ?? 0;
    semaphoreUses += policy.mutex?.length ?? 0;
  }
  return { hasPolicies, retries, semaphores: semaphoreIds(policies).size, semaphoreUses };
}

/** Writes the policies into the memory of a new plan. */
export function writePolicies(
  words: Int32Array,
  { policies: at }: PlanLayout,
  shape: PlanShape,
  policies: PlanPolicies,
): void {
  words[Word.FREE] = shape.lanes;
  if (!shape.hasPolicies) return;
  const ids = semaphoreIds(policies);
  let uses = 0;
  for (let task = 0; task < shape.tasks; task++) {
    const policy = policies[task];
    words[at.retriesLeft + task] = policy?.retries?.count ?? 0;
    words[at.when + task] = WhenWord[policy?.when ?? "passed"];
    // At most the number of lanes, since more can never be free: such a task runs alone.
    words[at.weight + task] = Math.min(policy?.weight ?? 1, shape.lanes);
    if (shape.semaphoreUses === 0) continue;
    for (const name of policy?.mutex ?? []) words[at.useList + uses++] = ids.get(name)!;
    words[at.useStart + task + 1] = uses;
  }
}

function semaphoreIds(policies: PlanPolicies): Map<string, number> {
  const ids = new Map<string, number>();
  for (const policy of policies) {
    for (const name of policy?.mutex ?? []) ids.getOrInsert(name, ids.size);
  }
  return ids;
}
