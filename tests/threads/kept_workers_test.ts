/** Kept threads: messages after the end of a run belong neither to it nor to the next run. */
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

/** Runs the tasks. `onEvent` gets each event; also late ones, which are an error. */
async function run(
  pool: Pool,
  url: string,
  namespace: Namespace = {},
  onEvent: (event: RunEvent) => void = () => {},
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const report = (event: RunEvent) => {
    events.push(event);
    onEvent(event);
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
  Deno.test(`${name} emits no event after run-finished when a task leaked a callback`, async () => {
    const source = `
      export const a = mark((state, task) => {
        state.goes = true;
        const poll = () => {
          if (!state.isOver) return void setTimeout(poll, 1);
          task.log.debug("late");
          state.isLogged = true;
        };
        poll();
      });
      export const b = mark(() => {}), c = mark(() => {});`;
    await withModule(source, async (url) => {
      const state = SharedState.create();
      await using pool = make(state);
      const events = await run(pool, url, pool instanceof InlinePool ? await import(url) : {});
      state.root["isOver"] = true;
      await until(() => state.root["isLogged"]);
      // Messages sent before the log line have been received as well.
      const isHere = pool instanceof InlinePool;
      if (!isHere) await run(pool, url);
      assertEquals(events.at(-1)!.type, "run-finished");
    });
  });
}

for (const name of ["WorkerPool", "ProcessPool"]) {
  Deno.test(`${name} runs the next module when no thread could load the one before`, async () => {
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

Deno.test("ProcessPool prints one note in the next run when a process is late", async () => {
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

async function until(condition: () => unknown): Promise<void> {
  const poll = async () => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await bounded(poll(), "a callback that a task leaked");
}
