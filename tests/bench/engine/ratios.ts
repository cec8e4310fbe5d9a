// deno-lint-ignore-file no-console -- prints its results
/**
 * The rates of an engine as ratios to those of the bare queue, measured in turn, so that a load of
 * the machine has the same effect on both: no-op tasks on one worker with 8 slots, on four with 2,
 * and in a chain. All are warm: the first tenth of the tasks does not count.
 *
 *     deno run -A tests/bench/engine/ratios.ts [--tasks=10000] [--chain=3000] [--rounds=3]
 *
 * Redis is needed: apt-get install redis-server.
 */
import { parseArgs } from "@std/cli/parse-args";
import { EngineRig } from "../../support/engine_rig.ts";
import { BareQueue } from "./bare_queue_rig.ts";
import { chainOf, type Shape, wideOf } from "./shapes.ts";

const LIMIT_MS = 600_000;
const PARTS = ["wide", "four", "chain"] as const;
type Part = typeof PARTS[number];

/** Milliseconds a task on an engine, after the first tenth. */
async function engineMs({ module, count }: Shape, workers: readonly number[]): Promise<number> {
  await using rig = await EngineRig.start("redis-server", module);
  for (const slots of workers) await rig.worker([`--workers=${slots}`], { limitMs: LIMIT_MS });
  const file = `${rig.space.folder}/run.ndjson`;
  const { code, stderr } = await rig.drive(
    [`--reporter=json=${file}`, "--output=none", "--no-journal"],
    { limitMs: LIMIT_MS },
  ).ended;
  if (code !== 0) throw new Error(stderr);
  const ends = Deno.readTextFileSync(file).trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter((it) => it.type === "task-finished").map((it) => it.elapsedMs as number)
    .sort((a, b) => a - b);
  const skipped = Math.ceil(count / 11);
  return (ends.at(-1)! - ends[skipped - 1]!) / (ends.length - skipped);
}

/** Milliseconds a job of the bare queue, after a tenth more. */
async function bareMs(role: "wide" | "chain", count: number): Promise<number> {
  await using queue = await BareQueue.start(role === "wide" ? [8] : [2]);
  const { code, stdout, stderr } = await queue.drive(role, count, count / 10).ended;
  if (code !== 0) throw new Error(stderr);
  return Number(stdout) / count;
}

const args = parseArgs(Deno.args, { string: ["tasks", "chain", "rounds", "parts"] });
const [tasks, chain] = [Number(args.tasks ?? 10_000), Number(args.chain ?? 3_000)];
const parts = (args.parts === undefined ? PARTS : `${args.parts}`.split(",")) as readonly Part[];
const all: Record<string, number[]> = {};
for (let round = 0; round < Number(args.rounds ?? 3); round++) {
  const ms: Record<string, number> = {};
  if (parts.includes("wide")) {
    ms["bare wide"] = await bareMs("wide", tasks);
    ms["wide, 1 x 8"] = await engineMs(wideOf(tasks * 1.1), [8]);
  }
  if (parts.includes("four")) ms["wide, 4 x 2"] = await engineMs(wideOf(tasks * 1.1), [2, 2, 2, 2]);
  if (parts.includes("chain")) {
    ms["bare chain"] = await bareMs("chain", chain);
    ms["chain"] = await engineMs(chainOf(chain * 1.1), [2]);
  }
  ms["wide / bare"] = ms["wide, 1 x 8"]! / ms["bare wide"]!;
  ms["rate of 4 x 2 / 1 x 8"] = ms["wide, 1 x 8"]! / ms["wide, 4 x 2"]!;
  ms["chain / bare"] = ms["chain"]! / ms["bare chain"]!;
  console.log(
    `load ${Deno.loadavg()[0]!.toFixed(1)}:`,
    Object.entries(ms).filter(([, it]) => it > 0).map(([name, it]) => `${name} ${it.toFixed(3)}`)
      .join("; "),
  );
  for (const [name, it] of Object.entries(ms)) (all[name] ??= []).push(it);
}
for (const [name, list] of Object.entries(all)) {
  const sorted = list.toSorted((a, b) => a - b);
  if (sorted.some((it) => it > 0)) console.log(name, sorted[sorted.length >> 1]!.toFixed(3));
}
