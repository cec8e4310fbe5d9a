// deno-lint-ignore-file no-console
/**
 * Large results: the time from a task's return to the end of the first iteration in its dependent,
 * as a multiple of `postMessage` and the same iteration, in processes in turn; and the longest time
 * that small writes of a third thread take meanwhile. `deno task bench:results`
 */
import type { Measured } from "./large_results_child.ts";
import { type ValueName, VALUES } from "./large_values.ts";
import { median, table } from "./peers/stats.ts";

const ROUNDS = 5;
const BASE = "postMessage";
const WAYS = [BASE, "task.results", "state.results", "write"];

async function measure(value: ValueName, way: string, isTicking: boolean): Promise<Measured> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("large_results_child.ts", import.meta.url).href],
    env: { VALUE: value, WAY: way, TICK: isTicking ? "1" : "0" },
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

async function row(value: ValueName): Promise<string[][]> {
  const measured = new Map<string, Measured[]>(WAYS.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) measured.get(way)!.push(await measure(value, way, false));
  }
  const base = measured.get(BASE)!;
  return WAYS.map((way) => {
    const all = measured.get(way)!;
    const ratios = all.map(({ firstMs }, round) => firstMs / base[round]!.firstMs);
    return [
      `${value}, ${way}`,
      median(ratios).toFixed(2),
      median(all.map(({ firstMs }) => firstMs)).toFixed(0),
      median(all.map(({ secondMs }) => secondMs)).toFixed(0),
      median(all.map(({ peakMb }) => peakMb)).toFixed(0),
    ];
  });
}

const only = Deno.args.length > 0 ? Deno.args as ValueName[] : VALUES;
console.log("From the return to the end of the first iteration, as a multiple of postMessage:");
for (const value of only) {
  console.log(table(["", "ratio", "ms", "next ms", "peak MB"], await row(value)));
}
console.log("The longest time of a small write meanwhile, in ms:");
for (const value of only) {
  for (const way of WAYS.slice(1)) {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      times.push((await measure(value, way, true)).longestMs);
    }
    console.log(`${value}, ${way}: ${median(times).toFixed(1)}`);
  }
}
