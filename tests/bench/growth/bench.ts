/**
 * The growth of the costs of a run with its tasks and threads, and its memory. Costs that grow
 * faster than expected are reported.
 *
 *     deno task bench:growth [--sizes 1000,3000,10000,30000,100000] [--starts 3000] [--write]
 *
 * `--write` puts the tables into docs/performance.md and docs/bench/growth.md, and the charts into
 * docs/images.
 */
import { parseArgs } from "node:util";
import { circumstances, writeDocument } from "../peers/document.ts";
import { median, print, short, table } from "../peers/stats.ts";
import { drawChart, type Series } from "./chart.ts";
import type { Shape } from "../peers/dags.ts";
import { medianWarmMs } from "../peers/measured.ts";
import { makeGround } from "./ground.ts";
import type { Memory } from "./memory.ts";
import { memoryOf, wholeRun } from "./runs.ts";
import { exponent, slope } from "./slope.ts";
import { journal, STEPS } from "./steps.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    sizes: { type: "string", default: "1000,3000,10000,30000,100000" },
    starts: { type: "string", default: "3000" },
    write: { type: "boolean", default: false },
  },
});
const sizes = values.sizes.split(",").map(Number);

/** Maximum exponent of growth; larger ones are flagged. */
const EXPONENT_MAX = 1.25;
/** Repetitions of a step: until this time has passed, in ms, or the maximum count. */
const STEP_MS = 100;
const REPEATS_MAX = 9;
const WORKERS = [1, 2, 4, 8];
const WARM_MS = 1000;

/** The steps on the chart; the table has all of them. */
const CHARTED = [
  "`register`",
  "graph",
  "`--graph=text`",
  "`--dry-run`",
  "fold of the events",
  "journal, written",
  "`--reporter=json`",
  "a run of a layered graph",
];

function stepSeries(): Series[] {
  const times = STEPS.map(({ name }) => ({ name, points: [] as [number, number][] }));
  warmUp();
  for (const size of sizes) {
    print(`${size} tasks`);
    const ground = makeGround(size);
    ground.journalled = new TextEncoder().encode(journal(ground.graph, ground.events));
    for (const [i, { run }] of STEPS.entries()) {
      times[i]!.points.push([size, timeOf(() => run(ground))]);
    }
  }
  return times;
}

/** Warms up the code, which would otherwise make small sizes look slow. */
function warmUp(): void {
  const ground = makeGround(sizes[0]!);
  ground.journalled = new TextEncoder().encode(journal(ground.graph, ground.events));
  for (const { run } of STEPS) timeOf(() => run(ground));
}

function timeOf(run: () => unknown): number {
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < REPEATS_MAX && performance.now() - begin < STEP_MS) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Whole runs on two threads, with the peak memory of each process. */
interface RunSeries extends Series {
  readonly peakMiB: [number, number][];
}

async function runSeries(shape: Shape): Promise<RunSeries> {
  const points: [number, number][] = [];
  const peakMiB: [number, number][] = [];
  for (const tasks of sizes) {
    const measured = await wholeRun({ shape, tasks, kind: "noop" }, 2, WARM_MS);
    points.push([tasks, medianWarmMs(measured)]);
    peakMiB.push([tasks, measured.peakMiB]);
  }
  return { name: `a run of a ${shape} graph`, points, peakMiB };
}

async function workerSeries(): Promise<{ series: Series[]; peakMiB: [number, number][] }> {
  const [long, short] = [[], []] as [number, number][][];
  const peakMiB: [number, number][] = [];
  for (const workers of WORKERS) {
    const cpu = await wholeRun({ shape: "wide", tasks: 64, kind: "cpu" }, workers, 2000);
    long!.push([workers, medianWarmMs(cpu)]);
    peakMiB.push([workers, cpu.peakMiB]);
    const noop = { shape: "layered", tasks: 10_000, kind: "noop" } as const;
    short!.push([workers, medianWarmMs(await wholeRun(noop, workers, WARM_MS))]);
  }
  return {
    series: [
      { name: "64 tasks of about 20 ms", points: long! },
      { name: "10,000 tasks that do nothing", points: short! },
    ],
    peakMiB,
  };
}

function memoryRows(memory: Memory, perTask: number, perWorker: number): [string, string][] {
  const bytes = (count: number) => `${Math.round(count).toLocaleString("en")} bytes`;
  const mib = (count: number) => `${count.toFixed(1)} MiB`;
  return [
    ["a worker: resident, at the peak", mib(perWorker)],
    ["a task of a run on 2 threads: resident, at the peak", bytes(perTask * 2 ** 20)],
    ["a registered task: heap", bytes(memory.registered)],
    ["a task in a graph: heap", bytes(memory.inGraph)],
    ["a task in the view of a run: heap", bytes(memory.inView)],
    ["a retained event: heap", bytes(memory.event)],
    [`a start, after ${memory.starts / 2} with kept workers: heap`, bytes(memory.heapPerStart)],
    [
      `a start, after ${memory.starts / 2} with kept workers: resident`,
      bytes(memory.residentPerStart),
    ],
  ];
}

const runs: RunSeries[] = [];
for (const shape of ["layered", "chain", "wide"] as const) runs.push(await runSeries(shape));
const workers = await workerSeries();
const memory = await memoryOf(Number(values.starts));
const series = [...stepSeries(), ...runs];
const rows = series.map(({ name, points }) => {
  const grows = exponent(points);
  const flag = grows > EXPONENT_MAX ? " **too fast**" : "";
  return [name, ...points.map(([, ms]) => short(ms)), `${grows.toFixed(2)}${flag}`];
});
const memoryTable = memoryRows(memory, slope(runs[0]!.peakMiB), slope(workers.peakMiB));
const stepsText = [
  circumstances(),
  "Milliseconds, by tasks; layered graphs unless another is named; runs on 2 threads:",
  table(["", ...sizes.map((size) => size.toLocaleString("en")), "exponent"], rows),
].join("\n\n");
const text = [
  circumstances(),
  "Milliseconds of a warm run, by threads:",
  table(
    ["", ...WORKERS.map(String)],
    workers.series.map(({ name, points }) => [name, ...points.map(([, ms]) => short(ms))]),
  ),
  "Memory:",
  table(["", "takes"], memoryTable),
  "Peak resident memory of a process, by tasks, on 2 threads, in MiB:",
  table(
    ["", ...sizes.map((size) => size.toLocaleString("en"))],
    runs.map(({ name, peakMiB }) => [name, ...peakMiB.map(([, mib]) => mib.toFixed(0))]),
  ),
].join("\n\n");
print(`\n${stepsText}\n\n${text}`);

const images = new URL(
  values.write ? "../../../docs/images/" : `file://${tempFolder()}/`,
  import.meta.url,
);
await Deno.mkdir(images, { recursive: true });
await Deno.writeTextFile(
  new URL("growth.svg", images),
  drawChart({
    title: "Time against tasks",
    xLabel: "tasks",
    yLabel: "ms",
    xMarks: sizes,
    series: series.filter(({ name }) => CHARTED.includes(name))
      .map(({ name, points }) => ({ name: name.replaceAll("`", ""), points })),
  }),
);
await Deno.writeTextFile(
  new URL("workers.svg", images),
  drawChart({
    title: "Time against threads",
    xLabel: "threads",
    yLabel: "ms of a warm run",
    xMarks: WORKERS,
    series: workers.series,
  }),
);
print(`\nCharts: ${images.pathname}`);
if (values.write) {
  await writeDocument("growth", text);
  await writeDocument("growth", stepsText, "bench/growth.md");
}

function tempFolder(): string {
  return Deno.makeTempDirSync({ prefix: "thread-order-growth-" });
}
