/**
 * The cost of the command besides its tasks: six no-op tasks in a process, compared with minimal
 * programs: an empty one, one that parses its arguments with the same library, and one that uses as
 * many workers. Runs alternate, so that load affects all. The command is the package, as users
 * install it; one row has its sources.
 *
 *     deno task bench:startup [--rounds 15] [--write]
 *
 * `--write` puts the table into docs/performance.md.
 */
import { urlToPath } from "../../src/runtime/file_url.ts";
import { parseArgs } from "node:util";
import { pack } from "../../tools/pack.ts";
import { writeLocalConfig } from "../support/local_config.ts";
import { circumstances, writeDocument } from "./peers/document.ts";
import { median, print, table } from "./peers/stats.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "15" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const here = (path: string) => urlToPath(new URL(path, import.meta.url));

const folder = await Deno.makeTempDir({ prefix: "startup-" });
const programs: Readonly<Record<string, string>> = {
  "empty.js": "",
  "worker.js": `postMessage("ready");\n`,
  "workers.js": `const url = new URL("./worker.js", import.meta.url);
    await Promise.all(Array.from({ length: 2 }, () => new Promise((resolve) => {
      new Worker(url, { type: "module" }).onmessage = resolve;
    })));
    Deno.exit(0);\n`,
};
for (const [name, text] of Object.entries(programs)) {
  await Deno.writeTextFile(`${folder}/${name}`, text);
}

await pack(`${folder}/package`);
const config = ["--config", writeLocalConfig(`${folder}/package`), "--no-lock"];
const tdrun = [...config, `${folder}/package/cli.js`, here("six_noop.ts")];
const sources = ["--config", here("../../deno.json"), "--no-lock", here("../../cli.ts")];
const LEAST = "two workers that each post one message";
const OURS = "`tdrun`, six tasks on two workers";
const lines: Readonly<Record<string, readonly string[]>> = {
  "an empty program": [`${folder}/empty.js`],
  [LEAST]: [`${folder}/workers.js`],
  "`tdrun`, its `--graph`": [...tdrun, "--graph"],
  "`tdrun`, six tasks on the main thread": [...tdrun, "--workers=0"],
  [OURS]: [...tdrun, "--workers=2"],
  "the same, from its sources": [...sources, here("six_noop.ts"), "--workers=2"],
};

const tookMs: Record<string, number[]> = {};
for (let round = -1; round < rounds; round++) {
  for (const [name, args] of Object.entries(lines)) {
    const start = performance.now();
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...args],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
    // The first run warms caches.
    if (round >= 0) (tookMs[name] ??= []).push(performance.now() - start);
  }
}
await Deno.remove(folder, { recursive: true });

const ratio = median(tookMs[OURS]!.map((ms, i) => ms / tookMs[LEAST]![i]!));
const rows = Object.entries(tookMs).map(([name, times]) => [name, median(times).toFixed(0)]);
const text = [
  `${circumstances()} Rounds: ${rounds}.`,
  table(["a whole process", "ms"], rows),
  `\`tdrun\` takes ${ratio.toFixed(2)} times as long as the smallest program with as many workers.`,
].join("\n\n");
print(text);
if (values.write) await writeDocument("startup", text);
