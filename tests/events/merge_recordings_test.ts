/** mergeRecordings(): shared tasks, order and gaps. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { mergeRecordings, type Recording } from "../../src/events/merge_recordings.ts";
import type { RunEvent, RunFact, TaskInfo, TaskOutcome } from "../../src/events/run_event.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { TaskId } from "../../src/task/task.ts";
import { task } from "../support/graphs.ts";
import { viewOf } from "../support/view_of.ts";
import { assertWellFormed } from "../support/well_formed.ts";

/** The larger run: `a` and `b` depend on `base`, which is in both shards. */
const TASKS: readonly TaskInfo[] = [
  { name: "a", after: [2 as TaskId], tags: [] },
  { name: "b", after: [2 as TaskId], tags: [] },
  { name: "base", after: [], tags: ["x"] },
];
const GRAPH = Graph.from([task("a", ["base"]), task("b", ["base"]), task("base")]);
const PASSED: TaskOutcome = { status: "passed" };
const FAILED: TaskOutcome = { status: "failed", error: { type: "Error", message: "no" } };

/** The recording of a shard that runs `base`, then another task. */
function shard(
  index: number,
  [startMs, baseMs, endMs]: readonly [number, number, number],
  { base = PASSED, own = PASSED }: { base?: TaskOutcome; own?: TaskOutcome } = {},
): Recording {
  const name = index === 1 ? "a" : "b";
  const at = "2026-11-23T20:56:47.573Z";
  const [first, second] = [0 as TaskId, 1 as TaskId];
  const tasks = [{ name, after: [second], tags: [] }, { name: "base", after: [], tags: ["x"] }];
  const facts: (readonly [RunFact, number])[] = [
    [{ type: "run-started", tasks, workers: 1, startedAt: at, mocked: [], shard: place(index) }, 0],
    [{ type: "task-queued", task: second }, 0],
    [{ type: "task-started", task: second, worker: 0, attempt: 1 }, startMs],
    [{
      ...{ type: "task-output", task: second, worker: 0, channel: "stdout", level: "info" },
      text: `base in ${index}`,
    }, baseMs],
    [{ type: "task-finished", task: second, worker: 0, outcome: base }, baseMs],
    [{ type: "task-queued", task: first }, baseMs],
    [{ type: "task-started", task: first, worker: 0, attempt: 1 }, baseMs],
    [{ type: "task-finished", task: first, worker: 0, outcome: own }, endMs],
    [{ type: "run-finished", finishedAt: at }, endMs],
  ];
  return { name: `${index}.ndjson`, events: stamped(facts) };
}

function place(index: number) {
  return { index, count: 2, module: "m.ts", tasks: TASKS };
}

function stamped(facts: readonly (readonly [RunFact, number])[]): RunEvent[] {
  return facts.map(([fact, elapsedMs], seq) => ({ ...fact, seq, elapsedMs }));
}

function merged(recordings: readonly Recording[], isPartial = false): RunEvent[] {
  return stamped(mergeRecordings(recordings, isPartial).facts);
}

Deno.test("mergeRecordings() takes a shared task from the shard that finished it first", () => {
  const events = merged([shard(2, [1, 2, 4]), shard(1, [1, 3, 9])]);
  assertWellFormed(events, GRAPH, { skipDependents: true });
  const view = viewOf(events);
  assertEquals([view.tasks, view.workers, view.elapsedMs], [TASKS, 2, 9]);
  assertEquals([view.counts.passed, view.ranOn], [3, [0, 1, 1]]);
  const output = events.flatMap((event) => event.type === "task-output" ? event.text : []);
  assertEquals(output, ["base in 2"]);
});

Deno.test("mergeRecordings() takes the worst outcome of a shared task", () => {
  const events = merged([shard(1, [1, 2, 4]), shard(2, [1, 3, 9], { base: FAILED })]);
  const view = viewOf(events);
  assertEquals(view.outcomes.map((it) => it!.status), ["passed", "passed", "failed"]);
  assertEquals(view.counts.running + view.counts.queued + view.counts.waiting, 0);
});

Deno.test("mergeRecordings() cancels what a killed shard did not finish, if partial", () => {
  const whole = shard(2, [1, 3, 9]);
  const killed = { ...whole, events: whole.events.slice(0, 7) };
  const why = assertThrows(() => merged([shard(1, [1, 2, 4]), killed]), UsageError).message;
  assertEquals(
    why,
    'Cannot merge the recordings: "2.ndjson" ends before the end of its run, which was killed; ' +
      "--partial merges the others",
  );
  const events = merged([shard(1, [1, 2, 4]), killed], true);
  assertWellFormed(events, GRAPH, { skipDependents: true });
  const view = viewOf(events);
  assertEquals(view.outcomes.map((it) => it!.status), ["passed", "cancelled", "passed"]);
});

Deno.test("mergeRecordings() leaves out the tasks of a missing shard, if partial", () => {
  const { facts, gaps, module } = mergeRecordings([shard(1, [1, 2, 4])], true);
  const view = viewOf(stamped(facts));
  assertEquals(view.tasks.map(({ name, after }) => [name, ...after]), [["a", 1], ["base"]]);
  assertEquals([gaps, module], [["the shard 2/2 is missing, with 1 task"], "m.ts"]);
});

Deno.test("mergeRecordings() rejects shards that were balanced differently", () => {
  const twice = shard(1, [1, 2, 4]);
  const [started, ...rest] = twice.events;
  const second = { ...started!, shard: place(2) } as RunEvent;
  const other = { name: "2.ndjson", events: [second, ...rest] };
  const why = assertThrows(() => merged([twice, other]), UsageError).message;
  assertEquals(why.includes('no shard has "b": the shards were balanced by different'), true);
});
