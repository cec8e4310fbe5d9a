/**
 * The Scheduler compared with thread pools, Python, C++ and the bare loop, on the same graphs.
 * Installs the peers, prints tables, and checks the targets.
 *
 *     deno task bench:peers [--rounds 5] [--minutes 60] [--sizes 1000,10000,100000]
 *       [--only name,name] [--deno] [--write]
 *
 * `--deno` runs the pools of Node on Deno too; `--write` puts a summary into docs/performance.md,
 * and all tables into docs/bench/peers.md.
 */
import { parseArgs } from "node:util";
import { ASYNC, COUNTER, CPU, plainCells } from "./cells.ts";
import { circumstances, writeDocument } from "./document.ts";
import { lineUp } from "./peers.ts";
import { runRounds } from "./rounds.ts";
import { print } from "./stats.ts";
import { dispatchTable, leftOut, otherTable, summaryTable } from "./tables.ts";
import { losses, verdicts } from "./verdicts.ts";

const WORKERS = 2;
/** The duration of warm runs is the same for all runners: speed must not depend on repetitions. */
const WARM_MS = 1500;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "5" },
    minutes: { type: "string", default: "60" },
    sizes: { type: "string", default: "1000,10000,100000" },
    only: { type: "string", default: "" },
    deno: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

const { peers: all, missing } = await lineUp({ onDenoToo: values.deno });
const only = values.only === "" ? [] : values.only.split(",");
const peers = all.filter(({ name, role }) =>
  only.length === 0 || role === "ours" || only.some((it) => name.includes(it))
);
for (const line of missing) print(line);

const plain = values.sizes.split(",").map(Number).flatMap(plainCells);
const cells = [...plain, ASYNC, CPU, COUNTER];
const results = await runRounds(peers, cells, {
  rounds: Number(values.rounds),
  minutes: Number(values.minutes),
  workers: WORKERS,
  warmMs: WARM_MS,
});

const list = (head: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`${head}:`, lines.map((line) => `- ${line}`).join("\n")];
const measured = `${circumstances()} Rounds: ${results.rounds}; threads: ${WORKERS}.`;
const text = [
  measured,
  dispatchTable(results, peers, plain),
  otherTable(results, peers),
  ...list("Targets", verdicts(results, peers)),
  ...list("Faster than the Scheduler, the bare loop aside", losses(results, peers)),
  ...list("Left out", [...missing, ...leftOut(results, peers, cells)]),
].join("\n\n");
print(`\n${text}`);
if (values.write) {
  await writeDocument("peers", [measured, summaryTable(results, peers)].join("\n\n"));
  await writeDocument("peers", text, "bench/peers.md");
}
