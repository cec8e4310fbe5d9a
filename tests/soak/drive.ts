import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { emptyView, type RunView } from "../../src/events/run_view.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { createPool } from "../../src/pool/create_pool.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { checkRunPolicy } from "../../src/run/run_policy.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { taskSpec } from "../../src/task/task.ts";
import { tdrun } from "../support/command.ts";
import { argumentsOf, markedModule, schedulerModule, stateFile } from "./module_text.ts";
import type { Scenario } from "./scenario.ts";
import { viewOf } from "../support/view_of.ts";

/**
 * Number of slices without an event after which a run counts as hung. The total time is unlimited:
 * the machine may be busy. Slices are counted rather than time, since a process may be suspended.
 */
const HANG_SLICES = 60;
const SLICE_MS = 500;
/** Time limit of the command, in ms. */
const COMMAND_MS = 600_000;

/** The events and the final state of a run. */
export interface Recording {
  readonly graph: Graph;
  readonly events: readonly RunEvent[];
  readonly view: RunView;
  readonly counter: number;
  /** Number of counts, by task. */
  readonly done: Readonly<Record<string, number>>;
  readonly results: Readonly<Record<string, unknown>>;
  /** The exit code of the command. */
  readonly exitCode?: number;
}

/** Runs a scenario through its entry point, and records the run. */
export async function drive(scenario: Scenario, folder: string): Promise<Recording> {
  const path = `${folder}/soak_${scenario.seed}.js`;
  const isScheduler = scenario.entryPoint === "scheduler";
  await Deno.writeTextFile(
    path,
    isScheduler ? schedulerModule(scenario) : markedModule(scenario, folder),
  );
  const entryPoints = { graph: runAsGraph, scheduler: runAsScheduler, command: runAsCommand };
  const events: RunEvent[] = [];
  const run = async () => {
    try {
      const made = entryPoints[scenario.entryPoint]({ scenario, path, folder, events });
      return await unlessHung(made, () => progressOf(events, eventsFile(folder, scenario)));
    } catch (error) {
      throw new Error(`${events.slice(-6).map((it) => JSON.stringify(it)).join("\n")}`, {
        cause: error,
      });
    }
  };
  if (scenario.workers > 0) return await run();
  // With two runs on one thread, a call of Deno.exit cannot be attributed to one of them.
  const mine = inline.then(run, run);
  inline = mine;
  return await mine;
}

/** Resolves as a run does; rejects when the run makes no progress. */
async function unlessHung<T>(run: Promise<T>, sign: () => string): Promise<T> {
  let last = "";
  let slices = 0;
  const silent = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    const now = sign();
    slices = now === last ? slices + 1 : 0;
    last = now;
    if (slices < HANG_SLICES) return;
    silent.reject(new Error(`No event for ${HANG_SLICES * SLICE_MS / 1000} s`));
  }, SLICE_MS);
  try {
    return await Promise.race([run, silent.promise]);
  } finally {
    clearInterval(timer);
  }
}

/** A fingerprint of the progress: of the events here, or of the file that the command writes. */
function progressOf(events: readonly RunEvent[], file: string): string {
  let size = 0;
  try {
    ({ size } = Deno.statSync(file));
  } catch {
    // The file may not exist.
  }
  return `${events.length} ${events.at(-1)?.elapsedMs} ${size}`;
}

function eventsFile(folder: string, { seed }: Scenario): string {
  return `${folder}/events_${seed}.ndjson`;
}

/** The last run on this thread. */
let inline: Promise<unknown> = Promise.resolve();

/** The input of an entry point. */
interface Drive {
  readonly scenario: Scenario;
  readonly path: string;
  readonly folder: string;
  /** Receives the events. */
  readonly events: RunEvent[];
}

/** The graph of a scenario. */
function graphOf({ tasks }: Scenario): Graph {
  return Graph.from(
    tasks.map(({ name, after, policy }) =>
      taskSpec({ name, after, tags: [], withState: true }, policy)
    ),
  );
}

async function runAsGraph({ scenario, path, events }: Drive): Promise<Recording> {
  const { workers, isolate, skipDependents, failFast, deadlineMs, timeoutMs, shuffle } = scenario;
  const url = new URL(`file://${path}`).href;
  const graph = graphOf(scenario);
  const state = SharedState.create();
  await using pool = await createPool({ workers, isolate, state, keepWorkers: scenario.times > 1 });
  const found = workers > 0 ? [] : discoverTasks(await import(url));
  const runOnce = (controller: AbortController) =>
    runGraph({
      ...{ graph, pool, skipDependents, storeResults: true, signal: controller.signal },
      code: { kind: "module", url },
      local: new Map(found.map((task) => [task.spec.name, task])),
      policy: checkRunPolicy({
        ...(failFast && { failFast }),
        ...(deadlineMs !== undefined && { deadline: deadlineMs }),
        ...(timeoutMs !== undefined && { timeout: timeoutMs }),
        ...(shuffle !== undefined && { shuffle }),
      }),
      reporters: [
        { report: (event) => void events.push(event) },
        aborter(scenario, controller),
        killer(scenario, graph, pool),
      ],
    });
  let view = emptyView();
  for (let i = 0; i < scenario.times; i++) {
    events.length = 0;
    state.clearResults();
    state.root["counter"] = 0;
    state.root["done"] = {};
    ({ view } = await runOnce(new AbortController()));
  }
  const { counter, done, results } = state.sanitized() as unknown as Recording;
  return { graph, events, view, counter, done, results };
}

async function runAsScheduler({ scenario, path, events }: Drive): Promise<Recording> {
  const { s, reporters, controller } = await import(new URL(`file://${path}`).href);
  reporters.push(
    { report: (event: RunEvent) => void events.push(event) },
    aborter(scenario, controller),
  );
  await s.start();
  const { counter, done, results } = s.sanitizedState;
  return { graph: graphOf(scenario), events, view: viewOf(events), counter, done, results };
}

async function runAsCommand({ scenario, path, folder, events }: Drive): Promise<Recording> {
  const file = eventsFile(folder, scenario);
  const args = argumentsOf(scenario, path, file);
  const { code, stderr } = await tdrun(args, { folder, limitMs: COMMAND_MS });
  if (code !== 0 && code !== 1) throw new Error(`It ended with ${code}:\n${stderr}`);
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  events.push(...lines.map((line): RunEvent => JSON.parse(line)));
  delete (events[0] as { schema?: number }).schema;
  const { counter, done, results } = JSON.parse(
    await Deno.readTextFile(stateFile(folder, scenario)),
  );
  const view = viewOf(events);
  return { graph: graphOf(scenario), events, view, counter, done, results, exitCode: code };
}

/** Cancels the run at its event. */
function aborter({ abortAfter }: Scenario, controller: AbortController): Reporter {
  return {
    report: ({ seq }) => {
      if (seq === abortAfter) queueMicrotask(() => controller.abort());
    },
  };
}

/** Terminates the threads of attempts with that behavior, unless the lane has a new thread. */
function killer({ tasks }: Scenario, graph: Graph, pool: Pool): Reporter {
  const waysOf = new Map(tasks.map(({ name, ways }) => [name, ways]));
  const lost = new Set<number>();
  return {
    report: (event) => {
      if (event.type === "worker-lost") lost.add(event.worker);
      if (event.type !== "task-started") return;
      lost.delete(event.worker);
      const way = waysOf.get(graph.names[event.task]!)![event.attempt - 1];
      const error = { type: "Error", message: "killed" };
      if (way !== "killed") return;
      queueMicrotask(() => lost.has(event.worker) || pool.kill(event.worker, error));
    },
  };
}
