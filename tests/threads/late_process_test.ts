/** Kept processes that are not ready for the next run: still loading, busy, or dead. */
import { assertEquals } from "@std/assert";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";

/** A gate that a process waits at until it is opened: a pipe without a writer. */
class Gate implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync();
  /** The code with which a process waits. */
  readonly waits = `await Deno.readTextFile("${this.#folder}/gate");`;

  static async create(): Promise<Gate> {
    const gate = new Gate();
    await new Deno.Command("mkfifo", { args: [`${gate.#folder}/gate`] }).output();
    return gate;
  }

  async open(): Promise<void> {
    await Deno.writeTextFile(`${this.#folder}/gate`, "", { create: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

Deno.test("ProcessPool sets up a late process once, and uses it in the next run", async () => {
  await using gate = await Gate.create();
  const state = SharedState.create();
  await using pool = new ProcessPool({ size: 2, state, keepWorkers: true });
  Object.assign(state.root, { setups: [], there: [], isFirst: true });
  // In the first run the second process waits at the gate; in the second, each task waits for the
  // other.
  const url = taskModule(`
    const isSecond = Deno.mainModule.endsWith(".1.ts");
    if (isSecond) { ${gate.waits} }
    export function setupWorker(state) { state.setups.push(isSecond); }
    const meet = async (state) => {
      if (state.isFirst) return;
      state.there.push(isSecond);
      while (state.there.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    export const a = mark((state) => meet(state)), b = mark((state) => meet(state));`);
  const run = async (begun: () => void) => {
    const { view } = await runGraph({
      graph: policyGraph({ a: {}, b: {} }),
      pool,
      code: { kind: "module", url },
      local: new Map(),
      storeResults: true,
      skipDependents: true,
      reporters: [{ report: ({ type }) => void (type === "task-started" && begun()) }],
    });
    return [statusOf(view, "a"), statusOf(view, "b"), view.lostWorkers.length];
  };
  const first = run(() => {});
  assertEquals(await bounded(first, "a run without the late process"), ["passed", "passed", 0]);
  state.root["isFirst"] = false;
  const isOpen = Promise.withResolvers<void>();
  const second = run(() => isOpen.resolve(gate.open()));
  assertEquals(await bounded(second, "a run with the late process"), ["passed", "passed", 0]);
  await isOpen.promise;
  assertEquals([...state.root["setups"]].sort(), [false, true]);
  assertEquals([...state.root["there"]].sort(), [false, true]);
});

const UNRESPONSIVE = {
  "dies before it receives": 'Deno.kill(Deno.pid, "SIGKILL");',
  "is too busy to receive": "for (;;);",
};

for (const [fault, source] of Object.entries(UNRESPONSIVE)) {
  Deno.test(`ProcessPool replaces a process that ${fault} the next run`, async () => {
    const state = SharedState.create();
    const shutdownTimeouts = { drainMs: 3_000, teardownMs: 10_000 };
    await using pool = new ProcessPool({
      size: 1,
      state,
      keepWorkers: true,
      shutdownTimeouts,
    });
    const url = taskModule(`
      const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
      export const a = mark((state) => {
        if (state.isSecond) return;
        turn().then(async () => {
          while (!state.isFirstOver) await turn();
          state.isBlocked = true;
          while (!state.isSecond);
          ${source}
        });
      });`);
    const run = async () => {
      const { view } = await runGraph({
        ...{ graph: policyGraph({ a: {} }), pool, storeResults: true, skipDependents: true },
        code: { kind: "module", url },
        local: new Map(),
        reporters: [],
      });
      return [statusOf(view, "a"), view.lostWorkers.length];
    };
    assertEquals(await bounded(run(), "the first run"), ["passed", 0]);
    state.root["isFirstOver"] = true;
    while (!state.root["isBlocked"]) await new Promise((resolve) => setTimeout(resolve, 1));
    state.root["isSecond"] = true;
    assertEquals(await bounded(run(), "the second run"), ["passed", 1]);
  });
}
