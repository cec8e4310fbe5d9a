/** The tasks' policies in the memory of a plan, as far as transitions depend on them. */
import type { TaskPolicy, When } from "../task/policy.ts";
import { type PlanLayout, type PlanShape, SEMAPHORE_WORDS, Word } from "./plan_layout.ts";

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
    semaphoreUses += usesOf(policy).length;
  }
  return { hasPolicies, retries, semaphores: semaphoresOf(policies).size, semaphoreUses };
}

/**
 * Writes the policies into the memory of a new plan.
 *
 * @param tokens Number of tokens by name, where it is given.
 */
export function writePolicies(
  words: Int32Array,
  { policies: at }: PlanLayout,
  shape: PlanShape,
  { policies, tokens }: { policies: PlanPolicies; tokens: ReadonlyMap<string, number> | undefined },
): void {
  words[Word.FREE] = shape.workerLanes;
  if (!shape.hasPolicies) return;
  const semaphores = semaphoresOf(policies, tokens);
  for (const { id, capacity } of semaphores.values()) {
    words[at.semaphores + id * SEMAPHORE_WORDS] = capacity;
  }
  let uses = 0;
  for (let task = 0; task < shape.tasks; task++) {
    const policy = policies[task];
    words[at.retriesLeft + task] = policy?.retries?.count ?? 0;
    words[at.when + task] = WhenWord[policy?.when ?? "passed"];
    // At most the number of lanes, since more can never be free: such a task runs alone.
    words[at.weight + task] = Math.min(policy?.weight ?? 1, shape.workerLanes);
    if (shape.semaphoreUses === 0) continue;
    for (const { key, count } of usesOf(policy)) {
      words[at.useList + uses] = semaphores.get(key)!.id;
      words[at.useTokens + uses++] = count;
    }
    words[at.useStart + task + 1] = uses;
  }
}

/** A use of a semaphore by a task. */
interface SemaphoreUse {
  /** Identifies the semaphore: mutexes and tokens have names of their own. */
  readonly key: string;
  readonly count: number;
  /** The name, for tokens. */
  readonly tokens?: string;
}

const NO_USES: readonly SemaphoreUse[] = [];

/** A mutex is a semaphore with one token. */
function usesOf(policy: TaskPolicy | undefined): readonly SemaphoreUse[] {
  // With --timeout or --retries every task has a policy, and few use a semaphore.
  if (policy?.mutex === undefined && policy?.tokens === undefined) return NO_USES;
  const { mutex = [], tokens = [] } = policy;
  return [
    ...mutex.map((name) => ({ key: `mutex ${name}`, count: 1 })),
    ...tokens.map(([name, count]) => ({ key: `tokens ${name}`, count, tokens: name })),
  ];
}

/**
 * The semaphores of a run. Without a given number of tokens, there are as many as the task with the
 * most needs takes.
 */
function semaphoresOf(
  policies: PlanPolicies,
  given?: ReadonlyMap<string, number>,
): Map<string, { readonly id: number; readonly capacity: number }> {
  const semaphores = new Map<string, { id: number; capacity: number }>();
  for (const policy of policies) {
    for (const { key, count, tokens } of usesOf(policy)) {
      const found = semaphores.getOrInsertComputed(key, () => ({
        id: semaphores.size,
        capacity: (tokens === undefined ? undefined : given?.get(tokens)) ?? 0,
      }));
      const isGiven = tokens !== undefined && given?.has(tokens);
      if (!isGiven) found.capacity = Math.max(found.capacity, count);
    }
  }
  return semaphores;
}
