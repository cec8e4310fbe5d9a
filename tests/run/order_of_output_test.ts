/** Output is delivered between the start and the finish of its task, however late it arrives. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Reporter } from "../../src/events/reporter.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { FakeTask } from "../support/fake_pool.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";
import { modelOutcomes, randomDag } from "../support/random_dag.ts";
import { RecordedRun, statusOf } from "../support/recorded_run.ts";

Deno.test("runGraph() emits a task's end after the output that its worker has sent", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"] }), { lanes: 1 });
  run.pool.hold();
  const a = await run.pool.next("a");
  a.print("one");
  a.print("two");
  a.pass();
  const b = await run.pool.next("b");
  b.print("three");
  assertEquals(run.story, ["run-started", "started a"]);
  run.pool.deliver();
  b.pass();
  await run.end();
  assertEquals(run.story.slice(1, -1), [
    ...["started a", "output a one", "output a two", "passed a"],
    ...["started b", "output b three", "passed b"],
  ]);
});

Deno.test("runGraph() delivers an event caused by a reporter after the current one, once, to all reporters", async () => {
  const order: string[][] = [[], []];
  const inOrder = (received: string[]): Reporter => ({
    report: ({ seq, type }) => void received.push(`${seq} ${type}`),
  });
  const stop = new AbortController();
  const b: FakeTask[] = [];
  const prints: Reporter = {
    report(event) {
      if (event.type !== "task-started" || event.task !== 1) return;
      stop.abort();
      for (const text of ["a request", "a reply"]) b[0]!.print(text);
      b[0]!.pass();
    },
  };
  const run = new RecordedRun(graphOf({ a: [], b: ["a"], c: ["b"] }), {
    lanes: 1,
    signal: stop.signal,
    reporters: [inOrder(order[0]!), prints, inOrder(order[1]!)],
  });
  (await run.pool.next("a")).pass();
  b.push(await run.pool.next("b"));
  const { reporterFailures } = await run.end();
  assertEquals(reporterFailures, []);
  assertEquals(run.story.slice(1), [
    ...["started a", "passed a", "started b", "run-cancelled", "cancelled c"],
    ...["output b a request", "output b a reply", "passed b", "run-finished"],
  ]);
  assertEquals(order[0], order[1]);
});

Deno.test("runGraph() delivers the output of a lane when another lane's output is late", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [], c: ["a"] }), { lanes: 2 });
  run.pool.hold();
  const [a, b] = [await run.pool.next("a"), await run.pool.next("b")];
  a.print("from a");
  a.pass();
  const c = await run.pool.next("c");
  c.print("from c");
  b.print("from b");
  b.pass();
  c.pass();
  run.pool.deliver(1);
  assert(!run.story.includes("passed b"), "the end of b stands behind the end of a in the log");
  run.pool.deliver(0);
  await run.end();
});

Deno.test(
  "runGraph() emits the messages of a lost worker before the end of its task",
  async () => {
    const run = new RecordedRun(graphOf({ a: [], b: [], c: [], d: [], e: [] }), { lanes: 2 });
    const { pool } = run;
    pool.hold();
    const [a, b] = [await pool.next("a"), await pool.next("b")];
    a.print("late");
    a.pass(); // the record waits for a message, and holds back all later records
    b.pass();
    const d = await pool.next("d");
    d.print("last words");
    pool.deliver(1);
    d.lose();
    const e = await pool.next("e"); // the successor of d's worker
    e.print("next");
    e.pass();
    pool.deliver(0);
    pool.deliver(1);
    (await pool.next("c")).pass();
    await run.end();
    const last = run.story.indexOf("output d last words");
    assert(last > 0 && last < run.story.indexOf("failed d"), run.story.join("; "));
  },
);

Deno.test("runGraph() emits an attempt's messages before the next attempt and before its cancellation", async () => {
  const abort = new AbortController();
  const run = new RecordedRun(policyGraph({ a: { retries: 1 } }), { signal: abort.signal });
  for (const attempt of ["first", "second"]) {
    const a = await run.pool.next("a");
    run.pool.hold();
    a.print(attempt);
    if (attempt === "first") a.fail(new Error("no"));
    else {
      abort.abort();
      a.giveUp();
    }
    run.pool.deliver();
  }
  await run.end();
  assertEquals(run.story, [
    ...["run-started", "started a", "output a first", "retried a after 0 ms"],
    ...["started a", "run-cancelled", "output a second", "cancelled a", "run-finished"],
  ]);
});

Deno.test("runGraph() keeps the grammar on random graphs with messages at random times", async () => {
  await playRandomRuns({ mayLose: false });
});

Deno.test("runGraph() keeps the grammar when workers are lost at random times", async () => {
  await playRandomRuns({ mayLose: true });
});

async function playRandomRuns({ mayLose }: { mayLose: boolean }): Promise<void> {
  const choices = fc.infiniteStream(fc.nat(1000));
  const property = fc.asyncProperty(
    randomDag(15),
    fc.boolean(),
    choices,
    async (dag, skipDependents, choice) => {
      const graph = Graph.from(dag.specs);
      const run = new RecordedRun(graph, { lanes: 3, skipDependents });
      const roll = (sides: number) => choice.next().value! % sides;
      const failing = await play(run, graph, dag.failing, mayLose, roll);
      const { view } = await run.end();
      for (const [name, status] of modelOutcomes({ ...dag, failing }, skipDependents)) {
        assertEquals(statusOf(view, name), status);
      }
    },
  );
  await fc.assert(property, { numRuns: 200 });
}

/** Ends one running task after the other, while messages are held back and delivered. */
async function play(
  { pool }: RecordedRun,
  graph: Graph,
  failing: ReadonlySet<string>,
  mayLose: boolean,
  roll: (sides: number) => number,
): Promise<Set<string>> {
  const failed = new Set(failing);
  for (;;) {
    const running = graph.tasks.filter(({ name }) => pool.has(name));
    if (running.length === 0) break;
    const task = await pool.next(running[roll(running.length)]!.name);
    const step = roll(6);
    if (step === 0) pool.hold();
    else if (step === 1) pool.deliver(roll(4) === 3 ? undefined : roll(3));
    else if (step < 4) task.print("line");
    else if (mayLose && roll(4) === 0) {
      failed.add(task.name);
      task.lose();
    } else if (failing.has(task.name)) task.fail(new Error("failed"));
    else task.pass();
  }
  pool.deliver();
  return failed;
}
