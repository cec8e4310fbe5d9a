/**
 * Runs a graph in a file by `deno task`: a task of a deno.json for each, `exit 0` in Deno's own
 * shell, or a process of Deno with about 20 ms of work. Each run is a process, so no run is warm.
 *
 *     deno run -A deno_task.ts dag.json <workers> <warm ms>
 */
import type { Dag } from "./dags.ts";
import { printMeasured, warmRuns } from "./measured.ts";

const [file = "", workers = "2", warmMs = "0"] = Deno.args;
const { kind, after }: Dag = JSON.parse(Deno.readTextFileSync(file));

const begin = performance.now();
const folder = await Deno.makeTempDir({ prefix: "deno-task-" });
const work = new URL("./pools/work.mjs", import.meta.url).href;
const code = `import { busy } from ${JSON.stringify(work)}; busy();`;
Deno.writeTextFileSync(`${folder}/work.ts`, code);
const command = kind === "cpu" ? "deno run -A work.ts" : "exit 0";
const needed = new Set(after.flat());
const last = after.keys().filter((id) => !needed.has(id)).toArray();
const named = (ids: readonly number[]) => ids.map((id) => `t${id}`);
const tasks = Object.fromEntries(
  after.map((ids, id) => [`t${id}`, { command, dependencies: named(ids) }]),
);
const config = { tasks: { ...tasks, all: { dependencies: named(last) } } };
Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(config));

/** Peak memory of the largest process so far, in MiB. */
let peakMiB = 0;

async function runOnce(): Promise<void> {
  const { success, stderr } = await new Deno.Command("/usr/bin/time", {
    args: ["--format=%M", Deno.execPath(), "task", "--quiet", "all"],
    cwd: folder,
    env: { DENO_JOBS: workers },
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr).trim();
  if (!success) throw new Error(text.split("\n")[0]);
  peakMiB = Math.max(peakMiB, Number(text.split("\n").at(-1)) / 1024);
}

await runOnce();
const coldMs = performance.now() - begin;
const times = await warmRuns(Number(warmMs), runOnce);
await Deno.remove(folder, { recursive: true });
printMeasured({ coldMs, warmMs: times, peakMiB });
