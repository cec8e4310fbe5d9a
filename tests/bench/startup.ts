// deno-lint-ignore-file no-console -- what a bench is for
/**
 * What the command costs before and after its tasks: six tasks that do nothing, as a whole process, next
 * to the least program that uses as many workers. In turn, and in pairs, so that a busy machine slows
 * both.
 *
 *     deno run -A --no-lock tests/bench/startup.ts [rounds]
 */

const rounds = Number(Deno.args[0] ?? 15);
const workers = 2;
const here = (path: string) => new URL(path, import.meta.url).pathname;

/** The least program: each worker says one word, then all is over. */
const folder = await Deno.makeTempDir({ prefix: "startup-" });
await Deno.writeTextFile(`${folder}/worker.js`, `postMessage("ready");\n`);
await Deno.writeTextFile(
  `${folder}/least.js`,
  `const url = new URL("./worker.js", import.meta.url);
  await Promise.all(Array.from({ length: ${workers} }, () => new Promise((resolve) => {
    new Worker(url, { type: "module" }).onmessage = resolve;
  })));
  Deno.exit(0);\n`,
);

const config = ["--config", here("../../deno.json"), "--no-lock"];
const programs = {
  "the least program": [`${folder}/least.js`],
  "tdrun": [...config, here("../../cli.ts"), here("six_noop.ts"), `--workers=${workers}`],
};

const tookMs: Record<string, number[]> = {};
for (let round = -1; round < rounds; round++) {
  for (const [name, args] of Object.entries(programs)) {
    const start = performance.now();
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...args],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
    if (round >= 0) (tookMs[name] ??= []).push(performance.now() - start); // the first one warms caches
  }
}
await Deno.remove(folder, { recursive: true });

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const [least, ours] = Object.values(tookMs) as [number[], number[]];
const ratios = ours.map((ms, i) => ms / least[i]!);
for (const [name, values] of Object.entries(tookMs)) {
  console.log(`${name.padEnd(18)} ${median([...values]).toFixed(0).padStart(4)} ms`);
}
console.log(`ratio              ${median(ratios).toFixed(2).padStart(4)}`);
