/** Threads that are kept: what they say or do when their run is over is no part of it, nor of another. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import type { Namespace } from "../../src/task/exported_tasks.ts";
import { bounded } from "../support/bounded.ts";
import { LIBRARY } from "../support/command.ts";
import { policyGraph } from "../support/graphs.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const GRAPH = policyGraph({ a: {}, b: { after: ["a"] }, c: {} });

/** Calls back with a module that is in a file: processes can be started with it. */
async function withModule(source: string, use: (url: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, `import { mark } from "${LIBRARY}";\n${source}`);
    await use(`file://${file}`);
  } finally {
    await Deno.remove(file);
  }
}

/** Runs the tasks. `hear` gets each event; also those that come too late, which is an error. */
async function run(
  pool: Pool,
  url: string,
  namespace: Namespace = {},
  hear: (event: RunEvent) => void = () => {},
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const report = (event: RunEvent) => {
    events.push(event);
    hear(event);
  };
  await bounded(
    runGraph({
      ...{ graph: GRAPH, pool, storeResults: true, skipDependents: true },
      code: { kind: "module", url },
      local: new Map(discoverTasks(namespace).map((task) => [task.spec.name, task])),
      reporters: [{ report }],
    }),
    "a run on kept threads",
  );
  assertWellFormed(events, GRAPH, { skipDependents: true });
  return events;
}

const POOLS: Readonly<Record<string, (state: SharedState) => Pool>> = {
  WorkerPool: (state) => new WorkerPool({ size: 1, state, keepWorkers: true }),
  ProcessPool: (state) => new ProcessPool({ size: 1, state, keepWorkers: true }),
  InlinePool: (state) => new InlinePool(state, {}),
};

for (const [name, make] of Object.entries(POOLS)) {
  Deno.test(`${name}: what a task has left behind says nothing to a run that is over`, async () => {
    const source = `
      export const a = mark((state, task) => {
        state.goes = true;
        const look = () => {
          if (!state.isOver) return void setTimeout(look, 1);
          task.log.debug("late");
          state.isSaid = true;
        };
        look();
      });
      export const b = mark(() => {}), c = mark(() => {});`;
    await withModule(source, async (url) => {
      const state = SharedState.create();
      await using pool = make(state);
      const events = await run(pool, url, pool instanceof InlinePool ? await import(url) : {});
      state.root["isOver"] = true;
      await until(() => state.root["isSaid"]);
      // What was said before it has come in, too.
      const isHere = pool instanceof InlinePool;
      if (!isHere) await run(pool, url);
      assertEquals(events.at(-1)!.type, "run-finished");
    });
  });
}

for (const name of ["WorkerPool", "ProcessPool"]) {
  Deno.test(`${name}: a run that no thread could begin says nothing of the next`, async () => {
    const state = SharedState.create();
    await using pool = POOLS[name]!(state);
    const ends = async (url: string) =>
      (await run(pool, url)).flatMap((it) => it.type === "task-finished" ? it.outcome.status : []);
    assertEquals((await ends("file:///none.ts")).sort(), ["failed", "failed", "skipped"]);
    await withModule(
      "export const a = mark(() => {}), b = mark(() => {}), c = mark(() => {});",
      async (url) => {
        assertEquals(await ends(url), ["passed", "passed", "passed"]);
      },
    );
  });
}

Deno.test("ProcessPool: one that is late for a run is said to be late to the next alone", async () => {
  const source = `
    if (!isFirst()) await new Promise(() => {});
    function isFirst() {
      try {
        return !!Deno.openSync(new URL(import.meta.url + ".first"), { createNew: true, write: true });
      } catch {
        return false;
      }
    }
    export const a = mark(() => {}), c = mark(() => {});
    export const b = mark(async (state) => {
      while (state.waits) await new Promise((resolve) => setTimeout(resolve, 1));
    });`;
  await withModule(source, async (url) => {
    const state = SharedState.create();
    await using pool = new ProcessPool({
      ...{ size: 2, state, keepWorkers: true, startupLimits: { noticeMs: 500, limitMs: 30_000 } },
    });
    const first = await run(pool, url);
    state.root["waits"] = true;
    const second = await run(pool, url, {}, (event) => {
      if (isNotice(event)) state.root["waits"] = false;
    });
    assertEquals(second.filter(isNotice).length, 1);
    assertEquals(first.at(-1)!.type, "run-finished");
    await Deno.remove(new URL(`${url}.first`));
  });
});

function isNotice(event: RunEvent): boolean {
  return event.type === "task-output" && event.text.includes(" is not ready");
}

async function until(isSo: () => unknown): Promise<void> {
  const look = async () => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await bounded(look(), "what a task has left behind");
}
