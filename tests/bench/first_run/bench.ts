/**
 * The first run: whole processes that run their graph once, compared with the least program that
 * loads the same module in three threads and calls each function once. Programs alternate, and a
 * ratio is the median of the ratios pair by pair, so that load affects both. The command and the
 * library are those of the package. Then random graphs that fan out, compared with the lower bound
 * of their duration.
 *
 *     deno task bench:first-run [--rounds 15] [--tasks 100,1000,10000] [--fan-outs 20]
 *         [--against FOLDER] [--write]
 *
 * `--against` measures another package as well, as `deno task pack` creates it. `--write` puts the
 * table into docs/performance.md.
 */
import { parseArgs } from "node:util";
import { pack } from "../../../tools/pack.ts";
import { writeLocalConfig } from "../../support/local_config.ts";
import { circumstances, writeDocument } from "../peers/document.ts";
import { median, print, table } from "../peers/stats.ts";
import { type FanOutFigures, measureFanOut } from "./fan_outs.ts";
import { measureProcess, type ProcessFigures } from "./measure_process.ts";
import { writePrograms } from "./programs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "15" },
    tasks: { type: "string", default: "100,1000,10000" },
    "fan-outs": { type: "string", default: "20" },
    against: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);

const folder = await Deno.makeTempDir({ prefix: "first-run-" });
await pack(`${folder}/package`);
/** The packages by name. */
const packages: [name: string, path: string][] = [["", `${folder}/package`]];
if (values.against !== undefined) packages.push([", against", values.against]);

const LEAST = "least program";

const config = (path: string) => ["--config", writeLocalConfig(path), "--no-lock"];

/** The arguments of `deno run` for each row. */
function rows(tasks: number): [name: string, args: readonly string[]][] {
  const { least, module, scheduler } = writePrograms(folder, "layered", tasks);
  return [
    [LEAST, [...config(packages[0]![1]), least]],
    ...packages.flatMap(([name, path]): [string, string[]][] => {
      const own = config(path);
      return [
        [`\`tdrun\`${name}`, [...own, `${path}/cli.js`, module, "--workers=2"]],
        [`Scheduler${name}`, [...own, scheduler]],
      ];
    }),
  ];
}

/** Measures all programs of a graph. */
async function measure(tasks: number): Promise<Map<string, ProcessFigures[]>> {
  const programs = rows(tasks);
  const found = new Map(programs.map(([name]) => [name, [] as ProcessFigures[]]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, args] of programs) {
      const figures = await measureProcess(["run", "-A", ...args], folder);
      if (round >= 0) found.get(name)!.push(figures); // the first run fills caches
    }
  }
  return found;
}

const results = new Map<number, Map<string, ProcessFigures[]>>();
for (const tasks of values.tasks.split(",").map(Number)) results.set(tasks, await measure(tasks));
const fanOuts = Number(values["fan-outs"]);
const ratios = new Map<string, FanOutFigures[]>(packages.map(([name]) => [name, []]));
for (let seed = 1; seed <= fanOuts; seed++) {
  for (const [name, path] of packages) {
    const tdrun = [...config(path), `${path}/cli.js`];
    ratios.get(name)!.push(await measureFanOut(seed, folder, tdrun));
  }
}
await Deno.remove(folder, { recursive: true });

const names = [...results.values()][0]!.keys().toArray();
const cells = (name: string) =>
  [...results.values()].map((found) => {
    const [least, own] = [found.get(LEAST)!, found.get(name)!];
    const ratio = median(own.map(({ ms }, i) => ms / least[i]!.ms));
    const mib = median(own.map(({ peakMiB }) => peakMiB));
    const times = `${median(own.map(({ ms }) => ms)).toFixed(0)} ms, ${mib.toFixed(0)} MiB`;
    return name === LEAST ? times : `**${ratio.toFixed(2)}** (${times})`;
  });
const text = [
  `${circumstances()} Rounds: ${rounds}.`,
  table(
    ["layered tasks", ...[...results.keys()].map((tasks) => tasks.toLocaleString("en"))],
    names.map((name) => [name, ...cells(name)]),
  ),
  ...(fanOuts === 0 ? [] : [fanOutText()]),
].join("\n\n");
print(text);
if (values.write) await writeDocument("first-run", text);

function fanOutText(): string {
  const of = (figures: readonly number[]) =>
    `${median(figures).toFixed(2)} (${Math.max(...figures).toFixed(2)})`;
  const rows = ratios.entries().map(([name, all]) => [
    `\`tdrun\`${name}`,
    of(all.map(({ makespan }) => makespan)),
    of(all.map(({ process }) => process)),
  ]);
  return [
    `${fanOuts} random graphs of 8 to 24 tasks of 10 to 300 ms that begin with one task and fan out, ` +
    "in modules that import a large package, on two threads. As a multiple of the lower bound, " +
    "median and (worst):",
    table(["", "first start to last end", "whole process"], [...rows]),
  ].join("\n\n");
}
