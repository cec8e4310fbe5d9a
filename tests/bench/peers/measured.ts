/** What a runner says of itself: one line of JSON, the same from each, in whatever language it is. */

/** What a runner measured. */
export interface Measured {
  /** From the parsed file to the end of the first run: graph, threads, and the run. */
  readonly coldMs: number;
  /** The runs after it, on the same threads. */
  readonly warmMs: readonly number[];
  /** The most memory the process has had. */
  readonly peakMiB: number;
}

/** Once warm runs have taken this long, there are no more of them; the other runners do as much. */
const WARM_MS_MAX = 1500;

/** Times runs, one after another. */
export async function warmRuns(count: number, runOnce: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < count && performance.now() - begin < WARM_MS_MAX) {
    const start = performance.now();
    await runOnce();
    times.push(performance.now() - start);
  }
  return times;
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
