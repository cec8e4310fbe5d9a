/** The order of ready tasks in one run: `--shuffle` and `--order=recorded`. */
import { type RunPolicy, SEEDS } from "../../run/run_policy.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";

/**
 * Returns the policy of one run, with its shuffle seed or the recorded durations.
 *
 * @param run Index of the run, from 0: each repetition has another seed.
 * @param url The URL of the module.
 */
export async function withOrdering(
  request: Request,
  run: number,
  url: string,
  system: System,
): Promise<RunPolicy> {
  const policy = request.order === "recorded"
    ? await withLastDurations(request, url, system)
    : request.policy;
  return request.isShuffled ? withSeed(policy, run, system) : policy;
}

/** Adds a shuffle seed, and prints it. */
function withSeed(policy: RunPolicy, run: number, system: System): RunPolicy {
  const { shuffleSeed: first = Math.floor(Math.random() * SEEDS) } = policy;
  const shuffleSeed = (first + run) % SEEDS;
  printNote(system, `shuffled; repeat this order with --shuffle=${shuffleSeed}`);
  return { ...policy, shuffleSeed };
}

/** Adds the task durations of the last run, if there is one. */
async function withLastDurations(
  request: Request,
  url: string,
  system: System,
): Promise<RunPolicy> {
  const { readLastDurations } = await import("./last_durations.ts");
  const { durationsMs = {} } = await readLastDurations(request, url, system) ?? {};
  return { ...request.policy, order: "path", durationsMs };
}
