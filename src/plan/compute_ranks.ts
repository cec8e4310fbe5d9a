/** The ranks of tasks: the order in which ready tasks are taken, as in list scheduling. */
import type { PlanPolicies } from "./policy_words.ts";

/** Decides among tasks of equal priority; by default, their ids do. */
export interface RankOptions {
  /** Seed of a random order: the same seed gives the same ranks. */
  readonly seed?: number | undefined;
  /** A figure for each task by id, such as the HEFT upward rank; the largest goes first. */
  readonly criticality?: Float64Array | undefined;
}

/**
 * Computes the ranks of tasks, where the lowest runs first: by priority, the highest first; then by
 * criticality, then at random if there is a seed, then by id.
 *
 * @returns The rank of each task, or undefined where ranks equal ids.
 */
export function computeRanks(
  tasks: number,
  policies: PlanPolicies,
  { seed, criticality }: RankOptions,
): Int32Array | undefined {
  const hasPriorities = policies.some((policy) => policy?.priority !== undefined);
  if (!hasPriorities && seed === undefined && criticality === undefined) return undefined;
  const order = Array.from({ length: tasks }, (_, task) => task);
  if (seed !== undefined) shuffle(order, seed);
  if (criticality !== undefined) order.sort((a, b) => criticality[b]! - criticality[a]!); // stable
  const priority = (task: number) => policies[task]?.priority ?? 0;
  if (hasPriorities) order.sort((a, b) => priority(b) - priority(a));
  const ranks = new Int32Array(tasks);
  for (const [rank, task] of order.entries()) ranks[task] = rank;
  return ranks;
}

/** The Fisher-Yates shuffle. */
function shuffle(list: number[], seed: number): void {
  const random = randomNumbers(seed);
  for (let i = list.length - 1; i > 0; i--) {
    const target = Math.floor(random() * (i + 1));
    [list[i], list[target]] = [list[target]!, list[i]!];
  }
}

/** Marsaglia's 32-bit xorshift: small, the same on every platform, and random enough to shuffle. */
function randomNumbers(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
