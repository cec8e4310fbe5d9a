/** In which order tasks that could run are taken. */
import type { PlanPolicies } from "./policy_words.ts";

/** What decides among tasks of one priority. By default their ids do. */
export interface RankOptions {
  /** Chance: the same seed gives the same ranks. */
  readonly seed?: number | undefined;
  /** A figure for each task by id: the largest goes first. */
  readonly criticality?: Float64Array | undefined;
}

/**
 * The ranks of tasks, lowest first to run: by priority, the highest first; among equals by urgency, or by
 * chance; among these by id.
 *
 * @returns The rank of each task, or undefined where ranks are the ids.
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
  if (criticality !== undefined) order.sort((a, b) => criticality[b]! - criticality[a]!); // stable, as the next
  const priority = (task: number) => policies[task]?.priority ?? 0;
  if (hasPriorities) order.sort((a, b) => priority(b) - priority(a));
  const ranks = new Int32Array(tasks);
  for (const [rank, task] of order.entries()) ranks[task] = rank;
  return ranks;
}

/** Fisher and Yates's shuffle. */
function shuffle(list: number[], seed: number): void {
  const random = randomNumbers(seed);
  for (let i = list.length - 1; i > 0; i--) {
    const target = Math.floor(random() * (i + 1));
    [list[i], list[target]] = [list[target]!, list[i]!];
  }
}

/** Marsaglia's xorshift with 32 bits: small, the same everywhere, and random enough for an order. */
function randomNumbers(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
