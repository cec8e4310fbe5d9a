/** Shared code of the state benchmarks: threads, medians, and output. */
import type { SharedState } from "../../../src/state/shared_state.ts";
import type { BenchOrder, Waited } from "./bench_worker.ts";

const WORKER = new URL("./bench_worker.ts", import.meta.url);

interface Span {
  readonly start: number;
  readonly end: number;
  readonly waited: Waited | undefined;
}

/** Threads that share a state during a benchmark. */
export class Threads implements Disposable {
  /** Time of each thread to join, with the state at that time. */
  readonly joinMs: readonly number[];
  readonly #workers: Worker[];

  private constructor(workers: Worker[], joinMs: number[]) {
    this.#workers = workers;
    this.joinMs = joinMs;
  }

  /** Starts threads and waits until all have joined. */
  static async join(shared: SharedState, count: number): Promise<Threads> {
    const workers = Array.from({ length: count }, () => new Worker(WORKER, { type: "module" }));
    const joined = await Promise.all(workers.map((worker, n) => {
      const ready = answer(worker) as Promise<{ joinMs: number }>;
      worker.postMessage({ handle: shared.invite(`thread_${n}`) });
      return ready;
    }));
    return new Threads(workers, joined.map(({ joinMs }) => joinMs));
  }

  /** Runs the same work on all threads at once. Returns the milliseconds from first to last. */
  async race(work: BenchOrder["work"], count: number): Promise<number> {
    const spans = await this.#all(work, count);
    return Math.max(...spans.map(({ end }) => end)) - Math.min(...spans.map(({ start }) => start));
  }

  /** Has all threads compete for the lock for a while, and returns their waiting times. */
  async measureWaits(work: "waits" | "waitsAsync", ms: number): Promise<Waited[]> {
    return (await this.#all(work, ms)).map(({ waited }) => waited!);
  }

  #all(work: BenchOrder["work"], count: number): Promise<Span[]> {
    const gate = new Int32Array(new SharedArrayBuffer(4)).fill(this.#workers.length);
    return Promise.all(this.#workers.map((worker) => {
      const span = answer(worker) as Promise<Span>;
      worker.postMessage({ work, count, gate } satisfies BenchOrder);
      return span;
    }));
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** The median of several figures. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]!;
}

/** Nanoseconds per round of `count`: the median of seven, after two to warm up. */
export function nanoseconds(count: number, loop: (count: number) => unknown): number {
  const goes: number[] = [];
  for (let go = 0; go < 9; go++) {
    const start = performance.now();
    loop(count);
    goes.push((performance.now() - start) * 1e6 / count);
  }
  return median(goes.slice(2));
}

/** Prints a line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
