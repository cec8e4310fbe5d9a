/** In which order tasks that could run are taken. */
import type { PlanPolicies } from "./policies.ts";

/**
 * The ranks of tasks, lowest first to run: by priority, the highest first, and among equals by id, or
 * by chance.
 *
 * @param seed What chance follows from: the same seed gives the same ranks. Without it ids decide.
 * @returns The rank of each task, or undefined where ranks are the ids.
 */
export function ranksOf(
  tasks: number,
  policies: PlanPolicies,
  seed?: number,
): Int32Array | undefined {
  const hasPriorities = policies.some((policy) => policy?.priority !== undefined);
  if (!hasPriorities && seed === undefined) return undefined;
  const order = Array.from({ length: tasks }, (_, task) => task);
  if (seed !== undefined) shuffle(order, seed);
  const priority = (task: number) => policies[task]?.priority ?? 0;
  if (hasPriorities) order.sort((a, b) => priority(b) - priority(a)); // stable
  const ranks = new Int32Array(tasks);
  for (const [rank, task] of order.entries()) ranks[task] = rank;
  return ranks;
}

/** Fisher and Yates's shuffle. */
function shuffle(list: number[], seed: number): void {
  const random = randomNumbers(seed);
  for (let i = list.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [list[i], list[other]] = [list[other]!, list[i]!];
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
