/**
 * The cache beside those of wireit and `deno task`: the same commands, declared for each runner,
 * cold, with everything cached, and after an edit of one source. Runners alternate, and a ratio is
 * the median of the ratios round by round, so that load affects all. Each phase checks that exactly
 * the steps that it must have run.
 *
 *     deno task bench:cache [--rounds 7] [--write]
 *
 * `--write` puts the table into docs/performance.md. wireit is installed from npm.
 */
import { parseArgs } from "node:util";
import { assertEquals } from "@std/assert";
import { pack } from "../../../tools/pack.ts";
import { writeLocalConfig } from "../../support/local_config.ts";
import { circumstances, writeDocument } from "../peers/document.ts";
import { median, print, table } from "../peers/stats.ts";
import { EDITED, EDITED_COUNT, STEP_COUNT, writeProject } from "./projects.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "7" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const WIREIT = "wireit@0.14.13";
/** Number of commands at once, for all runners. */
const JOBS = "2";

const root = await Deno.makeTempDir({ prefix: "bench-cache-" });
await pack(`${root}/package`);
await Deno.writeTextFile(`${root}/package.json`, `{"private":true}`);
await run("npm", ["install", "--no-audit", "--no-fund", WIREIT], root);
const config = ["--config", writeLocalConfig(`${root}/package`), "--no-lock"];
const tdrun = ["run", "-A", ...config, `${root}/package/cli.js`, "build.js", `--workers=${JOBS}`];

/** The command of each runner. */
const RUNNERS: Record<string, readonly [program: string, args: readonly string[]]> = {
  "`tdrun`": [Deno.execPath(), tdrun],
  "`deno task`": [Deno.execPath(), ["task", "--quiet", "build"]],
  "wireit": ["npm", ["run", "--silent", "build"]],
};

/** Runs a command to its end. Returns the time that it took, in ms. */
async function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { DENO_JOBS: JOBS, WIREIT_PARALLEL: JOBS, WIREIT_LOGGER: "simple", NO_COLOR: "1" },
  }).output();
  const ms = performance.now() - start;
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return ms;
}

const PHASES = ["cold", "all cached", "one file edited"] as const;
const figures = new Map(Object.keys(RUNNERS).map((name) => [name, PHASES.map((): number[] => [])]));

/** Runs a phase, and checks how many steps have run. */
async function measure(name: string, folder: string, steps: number): Promise<number> {
  const log = `${folder}/ran.log`;
  await Deno.writeTextFile(log, "");
  const [program, args] = RUNNERS[name]!;
  const ms = await run(program, args, folder);
  const ran = (await Deno.readTextFile(log)).split("\n").length - 1;
  assertEquals(ran, steps, `${name} ran ${ran} of ${steps} steps`);
  return ms;
}

for (let round = -1; round < rounds; round++) {
  for (const [name, lists] of figures) {
    const folder = await Deno.makeTempDir({ dir: root }); // Deno caches tasks by their folder
    await writeProject(folder);
    await Deno.symlink(`${root}/node_modules`, `${folder}/node_modules`);
    const cold = await measure(name, folder, STEP_COUNT);
    const cached = await measure(name, folder, 0);
    await Deno.writeTextFile(`${folder}/${EDITED}`, `edit ${round}\n`);
    const edited = await measure(name, folder, EDITED_COUNT);
    await Deno.remove(folder, { recursive: true });
    // The first round fills caches of Deno and of the system.
    if (round >= 0) [cold, cached, edited].forEach((ms, phase) => lists[phase]!.push(ms));
  }
}
await Deno.remove(root, { recursive: true });

const own = figures.get("`tdrun`")!;
const cells = (lists: readonly number[][]) =>
  lists.map((times, phase) => {
    const ratio = median(times.map((ms, i) => ms / own[phase]![i]!));
    const ms = `${median(times).toFixed(0)} ms`;
    return lists === own ? ms : `**${ratio.toFixed(2)}** (${ms})`;
  });
const text = [
  `${circumstances()} Rounds: ${rounds}; ${WIREIT}; a ratio above 1 means slower than \`tdrun\`.`,
  table(
    ["16 steps", ...PHASES],
    figures.entries().map(([name, it]) => [name, ...cells(it)]).toArray(),
  ),
].join("\n\n");
print(text);
if (values.write) await writeDocument("cache", text);
