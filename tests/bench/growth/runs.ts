/** Whole runs in processes of their own, by tasks and by threads. */
import { urlToPath } from "../../../src/runtime/file_url.ts";
import { makeDag } from "../peers/dags.ts";
import type { Kind, Shape } from "../peers/dags.ts";
import type { Measured } from "../peers/measured.ts";
import type { Memory } from "./memory.ts";

const ROOT = urlToPath(new URL("../../../", import.meta.url));
const DENO = ["run", "-q", "-A", "--no-lock", "--config", `${ROOT}deno.json`];

/** A run through the Scheduler, as in the comparison with peers. */
export async function wholeRun(
  dag: { readonly shape: Shape; readonly tasks: number; readonly kind: Kind },
  workers: number,
  warmMs: number,
): Promise<Measured> {
  const file = await Deno.makeTempFile({ prefix: "thread-order-dag-" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(makeDag(dag.shape, dag.tasks, dag.kind)));
    return await printed([`${ROOT}tests/bench/peers/ours.ts`, file, `${workers}`, `${warmMs}`]);
  } finally {
    await Deno.remove(file);
  }
}

/** Measures the memory that starts, tasks and events retain. */
export function memoryOf(starts: number): Promise<Memory> {
  return printed([
    "--v8-flags=--expose-gc,--max-old-space-size=48",
    `${ROOT}tests/bench/growth/memory.ts`,
    `${starts}`,
  ]);
}

async function printed<T>(args: readonly string[]): Promise<T> {
  const ended = await new Deno.Command(Deno.execPath(), { args: [...DENO, ...args] }).output();
  if (!ended.success) throw new Error(new TextDecoder().decode(ended.stderr));
  return JSON.parse(new TextDecoder().decode(ended.stdout).trim().split("\n").at(-1)!);
}
