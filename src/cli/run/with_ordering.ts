/** In which order a run takes tasks that could run: by chance, or by how long they took before. */
import { UsageError } from "../../base/errors.ts";
import { type RunPolicy, SEEDS } from "../../run/run_policy.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";

/**
 * How a run of a request is made, with what only this run knows of it.
 *
 * @param run Which run it is, from 0: each that is repeated is shuffled anew.
 * @param url Of the module.
 */
export async function withOrdering(
  request: Request,
  run: number,
  url: string,
  system: System,
): Promise<RunPolicy> {
  const policy = request.order === "recorded"
    ? await recorded(request, url, system)
    : request.policy;
  return request.isShuffled ? seeded(policy, run, system) : policy;
}

/** A shuffled run has a seed, and says which. */
function seeded(policy: RunPolicy, run: number, system: System): RunPolicy {
  const { shuffleSeed: first = Math.floor(Math.random() * SEEDS) } = policy;
  const shuffleSeed = (first + run) % SEEDS;
  system.err(`Note: shuffled; --shuffle=${shuffleSeed} runs in this order again`);
  return { ...policy, shuffleSeed };
}

/** With the durations of the last run, where there is one. */
async function recorded(request: Request, url: string, system: System): Promise<RunPolicy> {
  const { lastRun } = await import("../../journal/last_run.ts");
  const { journalKeyFor } = await import("./journal_key.ts");
  const { key } = await journalKeyFor(request, url, system);
  const durationsMs: Record<string, number> = Object.create(null);
  try {
    const run = lastRun(system.folder, key);
    for (const [place, ms] of run?.tookMs.entries() ?? []) {
      if (ms !== undefined) durationsMs[run!.head.names[place]!] = ms;
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    system.err(`Note: no durations are known: ${error.message}`);
  }
  return { ...request.policy, order: "path", durationsMs };
}
