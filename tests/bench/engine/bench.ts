// deno-lint-ignore-file no-console -- prints its results
/**
 * Throughput of an engine, with tasks in processes and on threads, compared with threads of one
 * machine and with the bare queue. Server, driver and workers share the cores of this machine: the
 * bench measures the cost of a task in the protocol and the overlap of waiting tasks, not a
 * network.
 *
 *     deno task bench:engine [--write] [--quick]
 *
 * It takes about 20 minutes, or some minutes with `--quick`: few tasks, and one round. The figures
 * of that show only that the bench works. Redis is needed: apt-get install redis-server.
 */
import { parseArgs } from "@std/cli/parse-args";
import { WORKER_ISOLATIONS, type WorkerIsolation } from "../../../src/pool/isolation.ts";
import { inRepository } from "../../support/command.ts";
import { EngineRig } from "../../support/engine_rig.ts";
import { circumstances, writeDocument } from "../peers/document.ts";
import { BareQueue } from "./bare_queue_rig.ts";
import { chainOf, type Shape, shape, wideOf } from "./shapes.ts";

const { quick: isQuick, write: isWritten } = parseArgs(Deno.args, { boolean: ["quick", "write"] });
if (isQuick && isWritten) throw new Error("Cannot write the figures of --quick: omit one of them");

const ROUNDS = isQuick ? 1 : 3;
/** Tasks of a cold run, and of a warm one; a warm one leaves out its first tasks. */
const COLD_TASKS = isQuick ? 100 : 2_000;
const WARM_TASKS = isQuick ? 500 : 10_000;
const SKIPPED_TASKS = WARM_TASKS / 10;
const CHAIN_TASKS = isQuick ? 150 : 3_000;
/** Tasks at once on each worker. */
const LAYOUTS = [[2], [8], [2, 2], [2, 2, 2, 2], [2, 2, 2, 2, 2, 2, 2, 2]];
const WAIT_LAYOUTS = isQuick ? [[8]] : [[8], [16], [16, 16], [16, 16, 16, 16]];
const WAITS_PER_SLOT = isQuick ? 2 : 8;
const LIMIT_MS = 600_000;

const busy = (ms: number) =>
  `() => { const end = performance.now() + ${ms}; while (performance.now() < end); }`;
const waiting = (ms: number) => `() => new Promise((resolve) => setTimeout(resolve, ${ms}))`;

/** The times of a run in milliseconds since its start, in ascending order. */
interface Times {
  readonly started: readonly number[];
  readonly finished: readonly number[];
}

/** Runs the module of a rig, and reads the times from the events of the run. */
async function timesOf(rig: EngineRig, args: readonly string[]): Promise<Times> {
  const file = `${rig.space.folder}/run.ndjson`;
  const { code, stderr } = await rig.run(
    ["module.ts", ...args, `--reporter=json=${file}`, "--output=none", "--no-journal"],
    { limitMs: LIMIT_MS },
  ).ended;
  if (code !== 0) throw new Error(stderr);
  const events = Deno.readTextFileSync(file).trimEnd().split("\n").map((line) => JSON.parse(line));
  const at = (type: string) =>
    events.filter((it) => it.type === type).map((it) => it.elapsedMs as number)
      .sort((a, b) => a - b);
  return { started: at("task-started"), finished: at("task-finished") };
}

/** Seconds from the start of the first task to the end of the last. */
function seconds({ started, finished }: Times): number {
  return (finished.at(-1)! - started[0]!) / 1_000;
}

/** Tasks a second, from the end of one of the first tasks to the end of the last. */
function warmRate({ finished }: Times, skipped: number): number {
  return (finished.length - skipped) * 1_000 / (finished.at(-1)! - finished[skipped - 1]!);
}

/** Measures a shape on workers that have just started, and returns the times of some runs. */
async function onEngine(
  shapes: readonly Shape[],
  workers: readonly number[],
  isolate: WorkerIsolation,
): Promise<Times[]> {
  await using rig = await EngineRig.start("redis-server", "");
  const slots = sum(workers);
  const args = [`--engine=${rig.server.url}`, `--workers=${slots}`];
  for (const it of workers) {
    await rig.worker([`--workers=${it}`, `--isolate=${isolate}`], { limitMs: LIMIT_MS });
  }
  const all: Times[] = [];
  for (const { module } of shapes) {
    await rig.space.module("module.ts", module); // a worker loads it again for each run
    all.push(await timesOf(rig, args));
  }
  return all;
}

async function onThreads({ module }: Shape, threads: number): Promise<number> {
  await using rig = await EngineRig.start("redis-server", module);
  return seconds(await timesOf(rig, [`--workers=${threads}`]));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, it) => total + it, 0);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** The medians of some figures, each measured in every round. */
async function medians(measure: () => Promise<readonly number[]>): Promise<number[]> {
  const rounds: (readonly number[])[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure());
  return rounds[0]!.map((_, at) => median(rounds.map((figures) => figures[at]!)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const whole = (figure: number) => Math.round(figure).toLocaleString("en");
/** The layout of workers, in words: `4 × 2`. */
const layoutName = (workers: readonly number[]) => `${workers.length} × ${workers[0]}`;

/** A row of empty tasks: the start and the rate of a cold run, the rate of a warm one. */
interface EmptyTasks {
  readonly workers: readonly number[];
  readonly startMs: number[];
  readonly cold: number[];
  readonly warm: number[];
  readonly bare: number;
}

async function measureEmptyTasks(workers: readonly number[]): Promise<EmptyTasks> {
  const row: EmptyTasks = { workers, startMs: [], cold: [], warm: [], bare: 0 };
  const shapes = [wideOf(COLD_TASKS), wideOf(SKIPPED_TASKS + WARM_TASKS)];
  for (const isolate of WORKER_ISOLATIONS) {
    const [startMs, cold, warm] = await medians(async () => {
      const [first, second] = await onEngine(shapes, workers, isolate);
      const coldRate = COLD_TASKS / seconds(first!);
      return [first!.started[0]!, coldRate, warmRate(second!, SKIPPED_TASKS)];
    });
    row.startMs.push(startMs!);
    row.cold.push(cold!);
    row.warm.push(warm!);
    console.log(layoutName(workers), isolate, whole(startMs!), whole(cold!), whole(warm!));
  }
  const [tookMs] = await medians(async () => {
    await using queue = await BareQueue.start(workers);
    return [await queue.wideMs(WARM_TASKS, SKIPPED_TASKS)];
  });
  return { ...row, bare: WARM_TASKS * 1_000 / tookMs! };
}

/** Milliseconds of a task in a chain, for each isolation. */
async function measureChain(): Promise<number[]> {
  const all: number[] = [];
  const skipped = CHAIN_TASKS / 10;
  for (const isolate of WORKER_ISOLATIONS) {
    const [rate] = await medians(async () => {
      const [times] = await onEngine([chainOf(skipped + CHAIN_TASKS)], [2], isolate);
      return [warmRate(times!, skipped)];
    });
    all.push(1_000 / rate!);
  }
  return all;
}

/** Seconds of a shape, for each isolation. */
async function measureSeconds(of: Shape, workers: readonly number[]): Promise<number[]> {
  const all: number[] = [];
  for (const isolate of WORKER_ISOLATIONS) {
    const [took] = await medians(async () => {
      const [times] = await onEngine([of], workers, isolate);
      return [seconds(times!)];
    });
    all.push(took!);
  }
  return all;
}

/** The calculation of the sizes that a rate of tasks a second allows. */
function sizes(rate: number): string {
  const durations: readonly (readonly [string, number])[] = [
    ["10 ms", 0.01],
    ["100 ms", 0.1],
    ["1 s", 1],
    ["10 s", 10],
  ];
  const rows = durations.map(([name, durationS]) => {
    const slots = Math.min(rate * durationS, 1_000);
    return [name, whole(slots), whole(Math.max(1, slots / 8)), whole(slots / durationS)];
  });
  return table(["a task takes", "busy slots", "machines with 8 slots", "tasks a second"], rows);
}

/** The measured figures; pairs are of processes and of threads. */
interface Figures {
  readonly empty: readonly EmptyTasks[];
  readonly chainMs: readonly number[];
  readonly cpuS: readonly number[];
  readonly cpuLocalS: number;
  readonly waits: readonly { readonly workers: readonly number[]; readonly tookS: number[] }[];
}

async function measure(): Promise<Figures> {
  const empty: EmptyTasks[] = [];
  for (const workers of LAYOUTS) empty.push(await measureEmptyTasks(workers));
  const chainMs = await measureChain();
  const cpu = shape("cpu", 64, busy(20));
  const cpuS = await measureSeconds(cpu, [2]);
  const [cpuLocalS] = await medians(async () => [await onThreads(cpu, 2)]);
  const waits: Figures["waits"][number][] = [];
  for (const workers of WAIT_LAYOUTS) {
    const tasks = shape("wait", sum(workers) * WAITS_PER_SLOT, waiting(1_000));
    waits.push({ workers, tookS: await measureSeconds(tasks, workers) });
    console.log(layoutName(workers), waits.at(-1)!.tookS.join("  "));
  }
  return { empty, chainMs, cpuS, cpuLocalS: cpuLocalS!, waits };
}

function emptyTable(rows: readonly EmptyTasks[]): string {
  const head = ["start", "cold", "warm"].flatMap((name) => [`${name}, processes`, `threads`]);
  return table(
    ["workers", ...head, "queue"],
    rows.map(({ workers, startMs, cold, warm, bare }) => [
      layoutName(workers),
      ...startMs.map((ms) => `${whole(ms)} ms`),
      ...[...cold, ...warm, bare].map(whole),
    ]),
  );
}

function waitTable(waits: Figures["waits"]): string {
  return table(
    ["workers", "tasks", "seconds, processes", "threads", "of the best, processes", "threads"],
    waits.map(({ workers, tookS }) => [
      layoutName(workers),
      `${sum(workers) * WAITS_PER_SLOT}`,
      ...tookS.map((took) => took.toFixed(1)),
      ...tookS.map((took) => (WAITS_PER_SLOT / took).toFixed(2)),
    ]),
  );
}

/** The text of the page. */
function textOf({ empty, chainMs, cpuS, cpuLocalS, waits }: Figures): string {
  const [chainProcess, chainThread] = chainMs.map((ms) => ms.toFixed(1));
  const [cpuProcess, cpuThread, cpuLocal] = [...cpuS, cpuLocalS].map((it) =>
    `${whole(it * 1_000)} ms`
  );
  const widest = empty.find(({ workers }) => workers[0] === 8)!;
  return `${circumstances()} Median of ${ROUNDS} rounds. Tasks run in processes or on threads.

Empty tasks a second, by the number of workers and their tasks at once. _Start_: from the start of
the run to that of the first task, on workers that have just started. _Cold_: ${
    whole(COLD_TASKS)
  } tasks in
that run. _Warm_: ${whole(WARM_TASKS)} tasks in the next run, after its first ${
    whole(SKIPPED_TASKS)
  }. _Queue_:
BullMQ alone, warm, with as many workers, without order, state, results and events.

${emptyTable(empty)}

A task in a chain of ${
    whole(CHAIN_TASKS)
  } takes ${chainProcess} ms in processes and ${chainThread} ms on threads: each
goes through the server twice.

64 tasks that compute for 20 ms, on 2 cores: ${cpuProcess} in 2 processes of a worker, ${cpuThread} on 2
threads of one, ${cpuLocal} without an engine, ${64 * 20 / 2} ms at best.

Tasks that wait for a second, ${WAITS_PER_SLOT} for each slot: their overhead is small next to that.

${waitTable(waits)}

**Sizes**, calculated and not measured: the warm rate of a worker with 8 threads, ${
    whole(widest.warm[1]!)
  } tasks a
second, limits the slots that a driver and a server keep busy, whatever the number of machines.

${sizes(widest.warm[1]!)}
`;
}

const text = textOf(await measure());
console.log(text);
if (isWritten) await writeDocument("engine", text, "scaling.md");
console.log(`(${inRepository("docs/scaling.md")})`);
