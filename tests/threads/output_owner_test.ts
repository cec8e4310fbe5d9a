/** Output, exits and reads of a callback belong to the task or hook that started it. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import type { RunPolicy } from "../../src/run/run_policy.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { findHooks } from "../../src/task/hooks.ts";
import { captureScoped } from "../../src/thread/output/capture_scoped.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const POOLS: Readonly<Record<string, (state: SharedState) => Pool>> = {
  WorkerPool: (state) => new WorkerPool({ size: 1, state }),
  ProcessPool: (state) => new ProcessPool({ size: 1, state }),
  InlinePool: (state) => new InlinePool(state, { capture: captureScoped }),
};

async function eventsOf(
  pool: Pool,
  graph: Graph,
  source: string,
  policy: RunPolicy = {},
): Promise<RunEvent[]> {
  const url = taskModule(source);
  const namespace = await import(url);
  const local = discoverTasks(namespace);
  const events: RunEvent[] = [];
  await using _pool = pool;
  const run = runGraph({
    ...{ graph, pool, policy, storeResults: true, skipDependents: true },
    code: { kind: "module", url },
    local: new Map(local.map((task) => [task.spec.name, task])),
    hooks: findHooks(namespace),
    reporters: [{ report: (event) => void events.push(event) }],
  });
  await bounded(run, "the run");
  assertWellFormed(events, graph, { skipDependents: true });
  return events;
}

/** Each line, after the name of its owner. */
function linesOf(events: readonly RunEvent[], graph: Graph): string[] {
  return events.flatMap((event) => {
    if (event.type !== "task-output") return [];
    const { task, hook, text } = event;
    return [`${task === null ? hook ?? "none" : graph.names[task]}: ${text}`];
  });
}

/** A callback that `a` started prints while `b` runs. */
const LATE = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  const { promise: printed, resolve: done } = Promise.withResolvers();
  export const a = mark((_state, task) => {
    console.log("a begins");
    started.then(() => {
      console.log("a continues");
      task.log.info("a logs");
      setTimeout(() => {
        console.error("a's timer");
        Deno.stdout.writeSync(new TextEncoder().encode("a's bytes"));
        done();
      });
    });
  });
  export const b = mark({ after: [a] }, async () => {
    Deno.stdout.writeSync(new TextEncoder().encode("b begins"));
    start();
    await printed;
    console.log("b ends");
  });
`;

const CHILD = `
  const { promise: spawned, resolve } = Promise.withResolvers();
  export const a = mark(() => {
    const args = ["-c", "echo ready; read _; echo line of a; read _; echo last of a >&2"];
    resolve(START("sh", { args, stdin: "piped" }));
  });
  export const b = mark({ after: [a] }, async () => {
    const child = await spawned;
    const stdin = child.stdin.getWriter();
    console.log("b begins");
    await stdin.write(new TextEncoder().encode("\\n\\n"));
    await child.status;
    console.log("b ends");
  });
`;

const HOOK = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  const { promise: printed, resolve: done } = Promise.withResolvers();
  export function setupWorker() {
    started.then(() => { console.log("late"); done(); });
  }
  export const a = mark(async () => { start(); await printed; console.log("now"); });
`;

const MODULE = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  const { promise: printed, resolve: done } = Promise.withResolvers();
  started.then(() => setTimeout(() => { console.log("of the module"); done(); }));
  export const a = mark(async () => { start(); await printed; console.log("of a"); });
`;

const EXIT = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  const { promise: called, resolve: done } = Promise.withResolvers();
  export const a = mark(() => {
    started.then(() => { try { Deno.exit(0); } catch { done(); } });
  });
  export const b = mark({ after: [a] }, async () => { start(); await called; });
`;

const EXIT_OF_MODULE = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  started.then(() => Deno.exit(0)).catch(() => {});
  export const a = mark(async () => { start(); await new Promise(() => {}); });
`;

const EXIT_OF_HOOK = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  export function setupWorker() { started.then(() => Deno.exit(0)).catch(() => {}); }
  export const a = mark(async () => { start(); await new Promise(() => {}); });
`;

const READ = `
  const { promise: started, resolve: start } = Promise.withResolvers();
  const { promise: called, resolve: done } = Promise.withResolvers();
  export const a = mark((state) => { started.then(() => { state.results.c; done(); }); });
  export const b = mark({ after: [a] }, async () => { start(); await called; });
  export const c = mark(() => 1);
`;

const two = policyGraph({ a: {}, b: { after: ["a"] } });
const one = policyGraph({ a: {} });
const three = policyGraph({ a: {}, b: { after: ["a"] }, c: {} });

for (const [name, make] of Object.entries(POOLS)) {
  const create = () => make(SharedState.create());

  Deno.test(`${name} assigns output of a callback to its ended task`, async () => {
    const lines = linesOf(await eventsOf(create(), two, LATE), two);
    assertEquals(lines, [
      ...["a: a begins", "b: b begins", "a: a continues", "a: a logs", "a: a's timer"],
      ...["a: a's bytes", "b: b ends"],
    ]);
  });

  for (const start of ["new Deno.Command", "Deno.spawn"]) {
    Deno.test(`${name} assigns output of a ${start} child to its ended task`, async () => {
      const spawn = start.startsWith("new")
        ? "((...args) => new Deno.Command(...args).spawn())"
        : start;
      const lines = linesOf(await eventsOf(create(), two, CHILD.replace("START", spawn)), two);
      assertEquals(lines.filter((it) => !it.endsWith("begins")).sort(), [
        ...["a: last of a", "a: line of a", "a: ready", "b: b ends"],
      ]);
    });
  }

  Deno.test(`${name} assigns output of a hook's callback to the hook`, async () => {
    const lines = linesOf(await eventsOf(create(), one, HOOK), one);
    assertEquals(lines, ["setupWorker: late", "a: now"]);
  });

  if (name !== "InlinePool") { // its module is loaded before there is a pool
    Deno.test(`${name} assigns output of the module's callback to no task`, async () => {
      const lines = linesOf(await eventsOf(create(), one, MODULE), one);
      assertEquals(lines, ["none: of the module", "a: of a"]);
    });
  }

  Deno.test(`${name} emits a stray error of a task when its callback exits later`, async () => {
    const events = await eventsOf(create(), two, EXIT);
    const strays = events.filter((event) => event.type === "stray-error");
    const finished = events.filter((event) => event.type === "task-finished");
    assertEquals(finished.map(({ outcome }) => outcome.status), ["passed", "passed"]);
    assertEquals(strays.map(({ suspects }) => suspects), [[0 as never]]);
  });

  for (const [owner, source] of [["the module", EXIT_OF_MODULE], ["a hook", EXIT_OF_HOOK]]) {
    if (name === "InlinePool") continue; // the main thread is the program's: it may exit
    Deno.test(`${name} fails the running task when a callback of ${owner} exits`, async () => {
      const events = await eventsOf(create(), one, source!);
      const finished = events.filter((event) => event.type === "task-finished");
      assertEquals(finished.map(({ outcome }) => outcome.status), ["failed"]);
    });
  }

  Deno.test(`${name} fails no other task when a callback has an undeclared read`, async () => {
    const events = await eventsOf(create(), three, READ, { isStrict: true });
    const finished = events.filter((event) => event.type === "task-finished");
    assertEquals(finished.map(({ outcome }) => outcome.status), ["passed", "passed", "passed"]);
  });
}
