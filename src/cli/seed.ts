/** The seed of a shuffled run. */
import type { RunPolicy } from "../scheduler/run_policy.ts";
import type { Host } from "./host.ts";
import type { Request } from "./request.ts";

const SEEDS = 2 ** 32;

/**
 * How a run of a request is made; a shuffled one has a seed, and says which. Each run that is repeated is
 * shuffled anew.
 *
 * @param run Which run it is, from 0.
 */
export function seeded({ policy, isShuffled }: Request, run: number, host: Host): RunPolicy {
  if (!isShuffled) return policy;
  const { shuffleSeed: first = Math.floor(Math.random() * SEEDS) } = policy;
  const shuffleSeed = (first + run) % SEEDS;
  host.err(`Note: shuffled; --shuffle=${shuffleSeed} runs in this order again`);
  return { ...policy, shuffleSeed };
}
