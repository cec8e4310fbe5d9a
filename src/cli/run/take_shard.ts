/** `--shard=k/n`: takes a part of the selected tasks. */
import type { RunShard } from "../../events/run_event.ts";
import type { Graph } from "../../graph/graph.ts";
import { isTask, withoutResources, withTearDowns } from "../../graph/resources.ts";
import { subgraph } from "../../graph/select.ts";
import { shardsOf } from "../../graph/shards_of.ts";
import { abbreviateList, onOneLine, plural } from "../../base/text_format.ts";
import { taskInfos } from "../../run/plan_options.ts";
import { formatMinute } from "../../report/timestamp.ts";
import type { Request, ShardRequest } from "../args/request.ts";
import { defaultWorkers } from "../../runtime/worker_limits.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";
import { type LastDurations, readLastDurations } from "./last_durations.ts";

/** The tasks of a shard, and its place among all shards. */
export interface TakenShard {
  readonly selected: Graph;
  readonly shard: RunShard;
}

/** Maximum number of names in a note, which is one line. */
const NAMES_MAX = 10;

/**
 * Takes a shard of the selected tasks, and prints a note about it. The shards are those of the last
 * run of all of them: its durations are the weights. So the shards of several machines fit together
 * if all or none of the machines have the journal of that run.
 *
 * @param url The URL of the module.
 */
export async function takeShard(
  selected: Graph,
  request: Request & { readonly shard: ShardRequest },
  url: string,
  system: System,
): Promise<TakenShard> {
  const { shard: { index, count }, selection, module, modules, policy } = request;
  const recorded = await readLastDurations({ selection, modules, shard: undefined }, url, system);
  const shards = shardsOf(selected, count, weights(selected, recorded));
  const own = shards[index - 1]!;
  const by = recorded === undefined
    ? "balanced by count"
    : `balanced by the durations of the run of ${formatMinute(recorded.startedAt)}`;
  const paths = modules.map(({ path }) => path);
  const isTaskOf = (id: number) => isTask(selected.tasks[id]!);
  const shared = sharedTasks(selected, shards);
  printNote(
    system,
    `shard ${index}/${count} runs ${own.filter(isTaskOf).length} of ${
      plural(withoutResources(selected).size, "task")
    }, ${by}` +
      (shared.length === 0
        ? ""
        : `; in more than one shard: ${abbreviateList(shared.map(onOneLine), NAMES_MAX)}`),
  );
  // At least as many threads as the shard has: each has nodes of its own.
  const lanes = Math.max(1, request.workers ?? defaultWorkers(selected.size));
  return {
    selected: subgraph(selected, own),
    shard: {
      index,
      count,
      module,
      ...((paths.length > 1 || paths[0] !== module) && { modules: paths }),
      tasks: taskInfos(withTearDowns(selected, lanes), policy),
    },
  };
}

/** Durations by task, or 1 for each if none is recorded. A task without one gets the mean. */
function weights(
  { names }: Graph,
  recorded: LastDurations | undefined,
): (task: number) => number {
  const durationsMs = recorded?.durationsMs ?? {};
  const known = names.flatMap((name) => durationsMs[name] ?? []);
  const sum = known.reduce((total, ms) => total + ms, 0);
  const mean = sum > 0 ? sum / known.length : 1;
  return (task) => durationsMs[names[task]!] ?? mean;
}

/** The names of the tasks that are in several shards. */
function sharedTasks({ names }: Graph, shards: readonly (readonly number[])[]): string[] {
  const counts = new Uint32Array(names.length);
  for (const task of shards.flat()) counts[task]!++;
  return names.filter((_, task) => counts[task]! > 1);
}
