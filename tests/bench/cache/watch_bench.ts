/**
 * `--watch`: the time from saving a file to the first task that it affects, in ms. The task writes
 * the time at which it was called, and the bench the time before it saves the file; both are clocks
 * of one machine.
 *
 *     deno task bench:watch [--rounds 15]
 */
import { parseArgs } from "node:util";
import { median, print } from "../peers/stats.ts";
import { pack } from "../../../tools/pack.ts";
import { writeLocalConfig } from "../../support/local_config.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { rounds: { type: "string", default: "15" } },
});

/** The first task reads the file that is saved; the other one has to stand. */
const MODULE = `import { mark } from "@thread-order/cli";
export const first = mark({ cache: { files: ["in.txt"] } }, () => {
  console.log("called " + (performance.timeOrigin + performance.now()));
  return Deno.readTextFileSync("in.txt");
});
export const stands = mark(() => 1);
`;

const root = await Deno.makeTempDir({ prefix: "bench-watch-" });
await pack(`${root}/package`);
await Deno.mkdir(`${root}/project`);
await Deno.writeTextFile(`${root}/project/build.js`, MODULE);
await Deno.writeTextFile(`${root}/project/in.txt`, "");
const config = ["--config", writeLocalConfig(`${root}/package`), "--no-lock"];
const watch = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", ...config, `${root}/package/cli.js`, "build.js", "--watch"],
  cwd: `${root}/project`,
  stdin: "null",
  stdout: "piped",
  stderr: "piped",
}).spawn();
const calls = linesOf(watch.stdout);
const notes = linesOf(watch.stderr);

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Reads lines until one has a text. */
async function lineWith(lines: AsyncGenerator<string>, text: string): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the watch has ended before "${text}"`);
    if (value.includes(text)) return value;
  }
}

const times: number[] = [];
await lineWith(calls, "called");
await lineWith(notes, "Watching");
for (let round = -1; round < Number(values.rounds); round++) {
  // The process of the next round starts ahead, after the last one has ended.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const savedAt = performance.timeOrigin + performance.now();
  await Deno.writeTextFile(`${root}/project/in.txt`, `${round}`);
  const calledAt = Number(/called ([\d.]+)/.exec(await lineWith(calls, "called"))![1]);
  await lineWith(notes, "Watching");
  if (round >= 0) times.push(calledAt - savedAt);
}
watch.kill("SIGTERM");
await watch.status;
await Deno.remove(root, { recursive: true });
const sorted = times.toSorted((a, b) => a - b);
print(
  `median ${median(times).toFixed(0)} ms, best ${sorted[0]!.toFixed(0)} ms, worst ${
    sorted.at(-1)!.toFixed(0)
  } ms of ${times.length} saves`,
);
