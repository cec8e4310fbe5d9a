/** What a runner says of itself: one line of JSON, the same from each, in whatever language it is. */
import { median } from "./stats.ts";

/** What a runner measured. */
export interface Measured {
  /** From the parsed file to the end of the first run: graph, threads, and the run. */
  readonly coldMs: number;
  /** The runs after it, on the same threads. */
  readonly warmMs: readonly number[];
  /** The most memory the process has had. */
  readonly peakMiB: number;
}

/** As many of the last warm runs are counted: in those before them, code was still being compiled. */
const COUNTED = 30;

/** Times runs, one after another, for as long as it is told. The runners in other languages do as much. */
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

/** How long a run takes that is no longer among the first. */
export function medianWarmMs({ warmMs }: Measured): number {
  return median(warmMs.slice(-COUNTED));
}

/** The most memory this process has had. */
export function peakMiB(): number {
  const line = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"));
  return Number(line?.[1]) / 1024;
}

/** Says what was measured. */
export function printMeasured(measured: Measured): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(measured)}\n`));
}
