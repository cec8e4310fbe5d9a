/**
 * Random graphs that begin with one task and fan out, of tasks of 10 to 300 ms, in modules that
 * import a large package: whether the threads are there when the graph widens.
 */
import { Graph } from "../../../src/graph/graph.ts";
import type { EventStamp, RunEvent } from "../../../src/events/run_event.ts";
import { randomNumbers } from "../peers/dags.ts";
import { lowerBound } from "../quality/makespan.ts";

/** A graph with the durations of its tasks, by id. */
interface FanOut {
  readonly graph: Graph;
  readonly durationMs: Float64Array;
}

const TASKS_MIN = 8;
const TASKS_MAX = 24;
const THREADS = 2;

/** Creates a graph; the same seed creates the same graph. */
function fanOut(seed: number): FanOut {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5);
  for (let i = 0; i < 8; i++) random(); // the first numbers of adjacent seeds are similar
  const count = TASKS_MIN + Math.floor(random() * (TASKS_MAX - TASKS_MIN));
  const name = (id: number) => `t${String(id).padStart(2, "0")}`;
  const graph = Graph.from(Array.from({ length: count }, (_, id) => ({
    name: name(id),
    // Three tasks depend on each one, more or less.
    after: id === 0 ? [] : [name(Math.floor(random() * Math.ceil(id / 3)))],
    tags: [],
    withState: false,
  })));
  return { graph, durationMs: Float64Array.from({ length: count }, () => 10 + 290 * random()) };
}

/** The module of a graph: each task blocks its thread, without using a core. */
function moduleText({ graph, durationMs }: FanOut): string {
  return [
    `import { mark } from "@thread-order/cli";`,
    `import { faker } from "@faker-js/faker";`,
    `const word = new Int32Array(new SharedArrayBuffer(4));`,
    `const block = (ms: number) => void (faker.number, Atomics.wait(word, 0, 0, ms));`,
    ...graph.tasks.map(({ name, after }, id) =>
      `export const ${name} = mark({ after: ${JSON.stringify(after)} }, () => block(${
        durationMs[id]!.toFixed(1)
      }));`
    ),
  ].join("\n");
}

/** Ratios of one run: from the first start of a task to the last end, and of the whole process. */
export interface FanOutFigures {
  readonly makespan: number;
  readonly process: number;
}

/**
 * Runs a graph in a process, and compares it with the lower bound of its duration.
 *
 * @param tdrun The arguments of `deno` up to the command.
 */
export async function measureFanOut(
  seed: number,
  folder: string,
  tdrun: readonly string[],
): Promise<FanOutFigures> {
  const timed = fanOut(seed);
  const [module, log] = [`${folder}/fan_out_${seed}.ts`, `${folder}/fan_out_${seed}.ndjson`];
  Deno.writeTextFileSync(module, moduleText(timed));
  const options = [`--workers=${THREADS}`, `--reporter=json=${log}`];
  const start = performance.now();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...tdrun, module, ...options],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).output();
  const processMs = performance.now() - start;
  if (code !== 0) throw new Error(`${module} ended with ${code}`);
  const events = Deno.readTextFileSync(log).trim().split("\n").map((it) => JSON.parse(it));
  const [first, last] = [timeOf(events, "task-started", 0), timeOf(events, "task-finished", -1)];
  const bound = lowerBound(timed.graph, timed.durationMs, THREADS);
  return { makespan: (last - first) / bound, process: processMs / bound };
}

function timeOf(
  events: readonly (RunEvent & EventStamp)[],
  type: RunEvent["type"],
  index: number,
): number {
  return events.filter((event) => event.type === type).at(index)!.elapsedMs;
}
