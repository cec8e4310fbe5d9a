/** The output of a runner: one line of JSON, the same in each language. */
import { median } from "./stats.ts";

/** The figures of a runner. */
export interface Measured {
  /** Time from the parsed file to the end of the first run: graph, threads and run. */
  readonly coldMs: number;
  /** Times of the later runs, on the same threads. */
  readonly warmMs: readonly number[];
  /** Peak memory of the process. */
  readonly peakMiB: number;
}

/** Number of last warm runs that count: earlier runs include the compilation of code. */
const COUNTED = 30;

/** Times repeated runs for a duration. The runners in other languages do the same. */
export async function warmRuns(forMs: number, runOnce: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < forMs) {
    const start = performance.now();
    await runOnce();
    times.push(performance.now() - start);
  }
  return times;
}

/** The median of the last warm runs. */
export function medianWarmMs({ warmMs }: Measured): number {
  return median(warmMs.slice(-COUNTED));
}

/** The peak memory of this process. */
export function peakMiB(): number {
  const line = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"));
  return Number(line?.[1]) / 1024;
}

/** Prints the figures. */
export function printMeasured(measured: Measured): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(measured)}\n`));
}
