/** Generates the modules of scenarios. */
import { BLOCK_MS, type Scenario, type SoakTask } from "./scenario.ts";

const LIBRARY = new URL("../../mod.ts", import.meta.url).href;
const BEHAVIORS = new URL("./behaviors.ts", import.meta.url).href;

/** The file to which a run of the command writes its final state. */
export function stateFile(folder: string, { seed }: Scenario): string {
  return `${folder}/state_${seed}.json`;
}

/** A module with marked functions; for the command, its hooks create and save the state. */
export function markedModule(scenario: Scenario, folder: string): string {
  const tasks = scenario.tasks.map((task) => {
    const options = JSON.stringify({ after: task.after, ...task.policy });
    return `export const ${task.name} = mark(${options}, ${functionOf(task)});`;
  });
  return [
    `import { mark } from "${LIBRARY}";`,
    `import { behave } from "${BEHAVIORS}";`,
    ...tasks,
    "export function setupState(state) { state.counter = 0; state.done = {}; }",
    "export function teardownState({ counter, done, results }) {",
    "  const text = JSON.stringify({ counter, done, results });",
    `  Deno.writeTextFileSync(${JSON.stringify(stateFile(folder, scenario))}, text);`,
    "}",
  ].join("\n");
}

/** A module with a scheduler and its tasks; `signal` and `reporters` are set from outside. */
export function schedulerModule(scenario: Scenario): string {
  const { workers, isolate, skipDependents, failFast, deadlineMs, timeoutMs, shuffle } = scenario;
  const options = JSON.stringify({
    ...{
      workers,
      isolate,
      skipDependents,
      failFast,
      deadline: deadlineMs,
      timeout: timeoutMs,
      shuffle,
    },
    state: { counter: 0, done: {} },
  });
  const tasks = scenario.tasks.map((task) => {
    const options = JSON.stringify({ after: task.after, withState: true, ...task.policy });
    return `s.register(${functionOf(task)}, "${task.name}", ${options});`;
  });
  return [
    `import { Scheduler } from "${LIBRARY}";`,
    `import { behave } from "${BEHAVIORS}";`,
    "export const reporters = [];",
    "export const controller = new AbortController();",
    `export const s = new Scheduler({ ...${options}, signal: controller.signal, reporters });`,
    ...tasks,
  ].join("\n");
}

function functionOf({ ways }: SoakTask): string {
  return `behave(${JSON.stringify(ways)}, ${BLOCK_MS})`;
}

/** Added to a deadline, which includes loading the module, so that the run always starts. */
const LOADING_MS = 2_000;

/** The arguments of the command for the same run. */
export function argumentsOf(scenario: Scenario, module: string, events: string): string[] {
  const { workers, isolate, skipDependents, failFast, deadlineMs, timeoutMs, shuffle } = scenario;
  const kill = failFast?.mode === "kill" ? ":kill" : "";
  return [
    module,
    `--workers=${workers}`,
    `--isolate=${isolate}`,
    `--reporter=json=${events}`,
    skipDependents ? "--skip-deps" : "--no-skip-deps",
    ...(failFast === undefined ? [] : [`--fail-fast=${failFast.count}${kill}`]),
    ...(deadlineMs === undefined ? [] : [`--deadline=${deadlineMs + LOADING_MS}ms`]),
    ...(timeoutMs === undefined ? [] : [`--timeout=${timeoutMs}ms`]),
    ...(shuffle === undefined ? [] : [`--shuffle=${shuffle}`]),
  ];
}
