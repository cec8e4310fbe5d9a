/** Makes the run of a scenario, through its door, and records what came of it. */
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
 * No run is silent for longer, or it hangs. How long it may take in all nobody can say: the machine has other
 * work. Slices are counted, since a process that was stopped finds that time has passed.
 */
const SILENCE_SLICES = 60;
const SLICE_MS = 500;
/** The command is ended after this, in whatever state. */
const COMMAND_MS = 600_000;

/** What came of a run. */
export interface Recording {
  readonly graph: Graph;
  readonly events: readonly RunEvent[];
  readonly view: RunView;
  readonly counter: number;
  /** How often each task says that it has counted. */
  readonly done: Readonly<Record<string, number>>;
  readonly results: Readonly<Record<string, unknown>>;
  /** Of a run of the command. */
  readonly exitCode?: number;
}

/** See the head of this file. */
export async function drive(scenario: Scenario, folder: string): Promise<Recording> {
  const path = `${folder}/soak_${scenario.seed}.js`;
  const isScheduler = scenario.door === "scheduler";
  await Deno.writeTextFile(
    path,
    isScheduler ? schedulerModule(scenario) : markedModule(scenario, folder),
  );
  const doors = { graph: runAsGraph, scheduler: runAsScheduler, command: runAsCommand };
  const events: RunEvent[] = [];
  const run = async () => {
    try {
      const made = doors[scenario.door]({ scenario, path, folder, events });
      return await unlessSilent(made, () => seen(events, eventsFile(folder, scenario)));
    } catch (error) {
      throw new Error(`${events.slice(-6).map((it) => JSON.stringify(it)).join("\n")}`, {
        cause: error,
      });
    }
  };
  if (scenario.workers > 0) return await run();
  // Of two runs on one thread nobody can tell which has called an exit function.
  const mine = inline.then(run, run);
  inline = mine;
  return await mine;
}

/** Resolves as a run does; rejects when there has been no sign of it for long. */
async function unlessSilent<T>(run: Promise<T>, sign: () => string): Promise<T> {
  let last = "";
  let slices = 0;
  const silent = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    const now = sign();
    slices = now === last ? slices + 1 : 0;
    last = now;
    if (slices < SILENCE_SLICES) return;
    silent.reject(new Error(`Nothing has happened for ${SILENCE_SLICES * SLICE_MS / 1000} s`));
  }, SLICE_MS);
  try {
    return await Promise.race([run, silent.promise]);
  } finally {
    clearInterval(timer);
  }
}

/** What changes when something happens in a run: here, or in the file that the command writes. */
function seen(events: readonly RunEvent[], file: string): string {
  let size = 0;
  try {
    ({ size } = Deno.statSync(file));
  } catch {
    // it is not there yet, or never is
  }
  return `${events.length} ${events.at(-1)?.elapsedMs} ${size}`;
}

function eventsFile(folder: string, { seed }: Scenario): string {
  return `${folder}/events_${seed}.ndjson`;
}

/** The last run on this thread. */
let inline: Promise<unknown> = Promise.resolve();

/** What a door is given. */
interface Drive {
  readonly scenario: Scenario;
  readonly path: string;
  readonly folder: string;
  /** Takes the events as they come. */
  readonly events: RunEvent[];
}

/** The graph of a scenario, as any door makes it. */
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

/** Ends the threads of attempts that are there for it. One that was lost before it is told has another there. */
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
